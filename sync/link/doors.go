package link

import (
	"slices"
	"sync"
)

// doors bounds what is open at once: strangers by number and by address,
// newcomers by number, members by number and by key.
type doors struct {
	mu        sync.Mutex
	knocking  int            // guarded by mu: handshakes under way
	hosts     map[string]int // guarded by mu: and where they come from
	newcomers int            // guarded by mu
	sessions  int            // guarded by mu
	members   map[string][]*Conn
}

func newDoors() *doors {
	return &doors{hosts: map[string]int{}, members: map[string][]*Conn{}}
}

// knock takes a place for a handshake, if there is one; passed gives it back.
func (d *doors) knock(host string) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.knocking >= maxHandshakes || d.hosts[host] >= handshakesPerHost {
		return false
	}
	d.knocking++
	d.hosts[host]++
	return true
}

func (d *doors) passed(host string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.knocking--
	if d.hosts[host]--; d.hosts[host] == 0 {
		delete(d.hosts, host)
	}
}

// enter takes a place for a connection, if there is one; leave gives it back.
// A member's oldest session makes room for its newest.
func (d *doors) enter(c *Conn) (leave func(), ok bool) {
	if c.Enrolling() {
		return d.enterNewcomer()
	}
	key := string(c.Peer())
	d.mu.Lock()
	if d.sessions >= maxSessions {
		d.mu.Unlock()
		return nil, false
	}
	d.sessions++
	d.members[key] = append(d.members[key], c)
	var oldest *Conn
	if open := d.members[key]; len(open) > sessionsPerKey {
		oldest, d.members[key] = open[0], slices.Clone(open[1:])
	}
	d.mu.Unlock()
	if oldest != nil {
		_ = oldest.raw.Close() // its handler then ends and leaves
	}
	return func() {
		d.mu.Lock()
		defer d.mu.Unlock()
		d.sessions--
		d.members[key] = slices.DeleteFunc(d.members[key], func(o *Conn) bool { return o == c })
		if len(d.members[key]) == 0 {
			delete(d.members, key)
		}
	}, true
}

func (d *doors) enterNewcomer() (leave func(), ok bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.newcomers >= maxNewcomers {
		return nil, false
	}
	d.newcomers++
	return func() {
		d.mu.Lock()
		defer d.mu.Unlock()
		d.newcomers--
	}, true
}
