package cache

// guards are what stands between Badger's traps and a patient's record. Every
// one is on; a test turns one off to show the harm that it prevents.
type guards uint

const (
	guardMarker  guards = 1 << iota // 6: dying while opening leads to quarantine
	guardDeaths                     // 6: dying again and again soon after, too
	guardRoom                       // 4: free space is looked at before each batch, and there is ballast
	guardWatch                      // 8: what Badger only logs takes it out of use
	guardRedact                     // 9: nothing of what Badger logs is passed on
	guardOptions                    // 7, 12: options are checked before Badger sees them
	guardDirs                       // 10: names of new files are synced
	guardPad                        // 12: lengths are rounded up
	guardSkin                       // 5: Badger's own encryption, a second skin
)

// has tells whether a guard is on. off holds those that a test turned off.
func (c *Config) has(g guards) bool { return c.off&g == 0 }
