package record

// Narrative is what the source wrote for people, made safe: plain text in
// blocks, nothing that runs, loads or draws.
type Narrative struct {
	Blocks    []Block
	HadActive bool // images, scripts, links or other active content were left out
}

// IsZero tells whether there is no text.
func (n Narrative) IsZero() bool { return len(n.Blocks) == 0 }

// BlockKind is the kind of one block.
type BlockKind uint8

// Block kinds.
const (
	Paragraph BlockKind = iota
	Heading             // Level 1 to 6
	List                // Lines, each an item
	Table               // Rows of cells
)

// Block is one block of a narrative.
type Block struct {
	Kind    BlockKind
	Level   int      // of a heading
	Text    string   // of a paragraph or heading; may hold line breaks
	Lines   []string // of a list
	Ordered bool     // of a list
	Rows    []Row    // of a table
}

// Row is one row of a table.
type Row struct {
	Header bool
	Cells  []string
}
