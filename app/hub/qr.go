package main

import (
	"bytes"
	"fmt"
	"image"
	_ "image/jpeg" // a photograph
	_ "image/png"  // a picture of a screen
	"io"
	"os"

	"github.com/makiuchi-d/gozxing"
	reader "github.com/makiuchi-d/gozxing/qrcode"
	writer "github.com/skip2/go-qrcode"

	"satchel/store/seal"
)

const (
	// maxPicture and maxPixels bound a picture: more than any camera takes.
	maxPicture = 64 << 20
	maxPixels  = 100_000_000

	// qrPixels is the side of a QR code, so that it can be printed and shown.
	qrPixels = 640
)

// readQR gives the text of a picture's QR code.
func readQR(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", fmt.Errorf("%w: %w", errRequest, err)
	}
	defer f.Close() // it was only read
	raw, err := io.ReadAll(io.LimitReader(f, maxPicture+1))
	if err != nil {
		return "", fmt.Errorf("%w: %w", errRequest, err)
	}
	size, _, err := image.DecodeConfig(bytes.NewReader(raw))
	if err != nil || len(raw) > maxPicture || size.Width*size.Height > maxPixels {
		return "", fmt.Errorf("%w: %s is not a PNG or JPEG picture of a useful size", errRequest, path)
	}
	picture, _, err := image.Decode(bytes.NewReader(raw))
	if err != nil {
		return "", fmt.Errorf("%w: %s is a damaged picture", errRequest, path)
	}
	bits, err := gozxing.NewBinaryBitmapFromImage(picture)
	if err != nil {
		return "", fmt.Errorf("%w: %s: %w", errRequest, path, err)
	}
	found, err := reader.NewQRCodeReader().Decode(bits, map[gozxing.DecodeHintType]any{gozxing.DecodeHintType_TRY_HARDER: true})
	if err != nil {
		return "", fmt.Errorf("%w: no QR code can be read in %s", errRequest, path)
	}
	return found.GetText(), nil
}

// drawQR draws a recovery text as a QR code, as PNG.
func drawQR(text string) ([]byte, error) {
	png, err := writer.Encode(seal.ForQR(text), writer.Medium, qrPixels)
	if err != nil {
		return nil, fmt.Errorf("drawing a QR code: %w", err)
	}
	return png, nil
}
