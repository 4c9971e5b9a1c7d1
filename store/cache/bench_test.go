package cache

import (
	"testing"
	"time"
)

// BenchmarkScrub scrubs 20,000 records of about 5 KB, an eighth of them deleted,
// on a laptop's sizes; end-ms is what keeps others out.
func BenchmarkScrub(b *testing.B) {
	cfg := config(b, b.TempDir())
	cfg.sizes = laptop
	c, _ := mustOpen(b, cfg)
	fill(b, c, 0, 20_000, 5000)
	deleteN(b, c, 0, 2_500)
	var copied, ended time.Duration
	for b.Loop() {
		start := time.Now()
		must(b, c.BeginScrub(newKey()))
		for done := false; !done; {
			var err error
			done, err = c.ScrubSome(b.Context(), all, time.Second)
			must(b, err)
		}
		copied += time.Since(start)
		start = time.Now()
		_, err := c.EndScrub(func() error { return nil })
		must(b, err)
		ended += time.Since(start)
	}
	b.ReportMetric(float64(copied.Milliseconds())/float64(b.N), "copy-ms")
	b.ReportMetric(float64(ended.Milliseconds())/float64(b.N), "end-ms")
	must(b, c.Close())
}
