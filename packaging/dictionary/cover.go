package main

import (
	"encoding/binary"
	"slices"
)

const (
	gram    = 8  // bytes that are looked for; a zstd match pays from about four
	segment = 96 // bytes that are taken at once
)

// cover chooses at most size bytes of the samples that the most samples have in
// common: the COVER algorithm (Liao, Petri, Moffat, Wirth: Effective
// Construction of Relative Lempel-Ziv Dictionaries, 2016), as zstd's own trainer
// has it. The samples are cut into as many stretches as segments fit; from each
// the segment is taken whose runs of gram bytes occur in the most samples and
// were not taken before. The best stand at the end, where they are nearest to
// what is compressed. The same samples give the same bytes.
func cover(samples [][]byte, size int) []byte {
	all := slices.Concat(samples...)
	worth := shared(samples)
	var taken [][]byte
	var scores []int
	stretch := max(2*segment, len(all)/max(1, 4*size/segment))
	for length := 0; length < size; {
		before := length
		for from := 0; from+segment <= len(all) && length < size; from += stretch {
			at, score := best(all[from:min(from+stretch, len(all))], worth)
			if score == 0 {
				continue
			}
			part := all[from+at : from+at+segment]
			part = trim(part, worth)
			for i := 0; i+gram <= len(part); i++ {
				delete(worth, binary.LittleEndian.Uint64(part[i:]))
			}
			taken, scores = append(taken, part), append(scores, score)
			length += len(part)
		}
		if length == before {
			break // nothing that is shared is left
		}
	}
	return arrange(taken, scores, size)
}

// shared says, for each run of gram bytes, how many samples hold it.
func shared(samples [][]byte) map[uint64]int {
	worth := map[uint64]int{}
	for _, s := range samples {
		mine := map[uint64]bool{}
		for i := 0; i+gram <= len(s); i++ {
			mine[binary.LittleEndian.Uint64(s[i:])] = true
		}
		for g := range mine {
			worth[g]++
		}
	}
	for g, n := range worth {
		if n < leastDocuments {
			delete(worth, g)
		}
	}
	return worth
}

// best finds the segment whose runs are worth most, each counted once.
func best(b []byte, worth map[uint64]int) (at, score int) {
	inside := map[uint64]int{}
	sum := 0
	for i := 0; i+gram <= len(b); i++ {
		g := binary.LittleEndian.Uint64(b[i:])
		if inside[g]++; inside[g] == 1 {
			sum += worth[g]
		}
		first := i + gram - segment
		if first < 0 {
			continue
		}
		if sum > score {
			at, score = first, sum
		}
		g = binary.LittleEndian.Uint64(b[first:])
		if inside[g]--; inside[g] == 0 {
			sum -= worth[g]
			delete(inside, g)
		}
	}
	return at, score
}

// trim cuts from both ends what is worth nothing.
func trim(part []byte, worth map[uint64]int) []byte {
	for len(part) > gram && worth[binary.LittleEndian.Uint64(part)] == 0 {
		part = part[1:]
	}
	for len(part) > gram && worth[binary.LittleEndian.Uint64(part[len(part)-gram:])] == 0 {
		part = part[:len(part)-1]
	}
	return part
}

// arrange puts the segments in order, the best last, and cuts what is too much
// from the front, where the least are.
func arrange(taken [][]byte, scores []int, size int) []byte {
	order := make([]int, len(taken))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return scores[a] - scores[b] })
	var out []byte
	for _, i := range order {
		out = append(out, taken[i]...)
	}
	return out[max(0, len(out)-size):]
}
