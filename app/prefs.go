package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"

	"satchel/app/screen"
	"satchel/assets"
	"satchel/store/files"
)

// prefsFile holds the laptop's own settings: look, density, text size,
// language, whom to call. Nothing personal, nothing clinical; a damaged one means defaults.
const prefsFile = "desktop.json"

func readPrefs(dir string) screen.Prefs {
	p := screen.Prefs{Language: defaultLanguage}
	raw, err := os.ReadFile(filepath.Join(dir, prefsFile))
	if err != nil || json.Unmarshal(raw, &p) != nil || !slices.Contains(assets.Languages(), p.Language) {
		p.Language = defaultLanguage
	}
	return p
}

// defaultLanguage is spoken where nobody chose another.
const defaultLanguage = "en"

func writePrefs(dir string, p screen.Prefs) error {
	raw, err := json.Marshal(p)
	if err != nil {
		return err
	}
	disk, err := files.OS(dir)
	if err != nil {
		return err
	}
	return files.WriteAtomic(disk, prefsFile, raw)
}
