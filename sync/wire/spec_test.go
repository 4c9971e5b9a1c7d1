package wire

import (
	"fmt"
	"os"
	"strings"
	"testing"
)

// The specification's tables of messages, codes and phases are the code's.
func TestSpecificationAgrees(t *testing.T) {
	text, err := os.ReadFile("../PROTOCOL.md")
	if err != nil {
		t.Fatal(err)
	}
	rows := map[string]bool{}
	for line := range strings.Lines(string(text)) {
		cells := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), "|")
		for i := range cells {
			cells[i] = strings.TrimSpace(cells[i])
		}
		if len(cells) > 4 {
			cells = cells[:4] // the last column explains
		}
		rows[strings.Join(cells, " | ")] = true
	}
	for typ := range 256 {
		k, ok := kinds[Type(typ)]
		if !ok {
			continue
		}
		var from []string
		for _, s := range []struct {
			side Side
			word string
		}{{Device, "device"}, {Hub, "hub"}, {Newcomer, "newcomer"}, {Registrar, "registrar"}} {
			if k.from&s.side != 0 {
				from = append(from, s.word)
			}
		}
		if row := fmt.Sprintf("%d | %s | %s | %d", typ, k.name, strings.Join(from, ", "), k.limits.Bytes); !rows[row] {
			t.Errorf("not in the specification: | %s |", row)
		}
	}
	for _, c := range codes {
		if !strings.Contains(string(text), fmt.Sprintf("| %d | %s |", c.code, c.err)) {
			t.Errorf("not in the specification: | %d | %s |", c.code, c.err)
		}
	}
}
