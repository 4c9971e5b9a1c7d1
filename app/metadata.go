package main

import "fyne.io/fyne/v2"

// metadata says what FyneApp.toml at the root says: Fyne looks for that file
// only beside the package it builds. TestMetadataIsTheRootFiles compares them.
func metadata() fyne.AppMetadata {
	return fyne.AppMetadata{
		ID: "uk.satchel.desktop", Name: "Satchel", Version: "0.1.0", Build: 1, Release: true,
		Migrations: map[string]bool{"fyneDo": true},
	}
}
