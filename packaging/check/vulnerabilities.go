package main

import (
	"context"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"time"
)

// publicDatabase is where govulncheck looks when it is not told otherwise.
const publicDatabase = "https://vuln.go.dev"

// databaseWait is how long the public database may take to answer before the gate
// counts as not run: a closed network drops packets without saying so.
const databaseWait = 10 * time.Second

// vulnerabilities asks govulncheck whether a known vulnerability can be reached from
// our code. VULNDB may name a folder that holds a copy of the database.
func (h house) vulnerabilities(ctx context.Context, out io.Writer) error {
	line := tool("govulncheck", "-test", "-tags", buildTags)
	if folder := os.Getenv("VULNDB"); folder != "" {
		abs, err := filepath.Abs(folder)
		if err != nil {
			return err
		}
		line = append(line, "-db", "file://"+filepath.ToSlash(abs))
	} else if err := answers(ctx, publicDatabase+"/index/db.json"); err != nil {
		return notRun("the vulnerability database does not answer, and VULNDB names no copy of it")
	}
	return h.quiet(append(line, "./...")...)(ctx, out)
}

// answers reports whether a URL can be fetched at all.
func answers(ctx context.Context, url string) error {
	ctx, cancel := context.WithTimeout(ctx, databaseWait)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return &statusError{res.Status}
	}
	return nil
}

type statusError struct{ status string }

func (e *statusError) Error() string { return "answered " + e.status }
