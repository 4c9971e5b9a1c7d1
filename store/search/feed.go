package search

// Builder gathers people for an index one by one, from several goroutines at
// once, and keeps of each no more than the index will: unlocking reads everybody
// held, and two hundred thousand Persons are several times the index made of
// them. It builds what Build builds of the same people
// (TestBuilderBuildsWhatBuildDoes).
type Builder struct{ feeds []Feed }

// Feed takes one goroutine's share of the people.
type Feed struct {
	parts []*part
	most  int // people in one part
	room  int // people that are expected
}

// NewBuilder makes a builder with n feeds, for about so many people in all.
func NewBuilder(n, people int) *Builder {
	b := &Builder{feeds: make([]Feed, n)}
	for i := range b.feeds {
		b.feeds[i] = Feed{most: max(1, maxSegment/n), room: people/n + people/(8*n)}
	}
	return b
}

// Feed gives the i-th feed; each belongs to one goroutine at a time.
func (b *Builder) Feed(i int) *Feed { return &b.feeds[i] }

// Add takes a person in. Nobody with the same handle MUST be added again, to
// any feed.
func (f *Feed) Add(p Person) {
	last := len(f.parts) - 1
	if last < 0 || len(f.parts[last].drafts) == f.most {
		f.parts = append(f.parts, newPart(min(f.room, f.most)))
		last++
	}
	f.parts[last].add(p)
}

// segments makes segments of what was fed: one for each part that the feeds
// have filled, side by side, as none of these is too large.
func (b *Builder) segments() []*segment {
	var out []*segment
	for n := 0; ; n++ {
		var parts []*part
		for i := range b.feeds {
			if n < len(b.feeds[i].parts) {
				parts = append(parts, b.feeds[i].parts[n])
			}
		}
		if len(parts) == 0 {
			return out
		}
		out = append(out, joinParts(parts))
		for _, p := range parts {
			clear(p.text)
		}
	}
}

// BuildFrom replaces everybody with whom the builder was given, using a core for
// each of its feeds. The builder is not used afterwards.
func (x *Index) BuildFrom(b *Builder) {
	x.writing.Lock()
	defer x.writing.Unlock()
	built := b.segments()
	x.mu.Lock()
	defer x.mu.Unlock()
	x.wipeLocked()
	x.segments = built
}
