package touch

import (
	"image"
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/widget"
	"github.com/skip2/go-qrcode"
)

// QR is a QR code of a text: black on white at every look, for a camera sees no
// code that is light on dark, with the quiet edge of four modules that ISO/IEC
// 18004 asks for, and every module a whole number of the screen's own dots.
type QR struct {
	widget.BaseWidget

	modules [][]bool // with the quiet edge
	side    float32
	label   string
	raster  *canvas.Raster
}

// NewQR returns the code of a text, as large as side or smaller by less than
// one dot for each module. label is what it is called. It is nil where the text
// is too long for a code (2,331 bytes).
func NewQR(text, label string, side float32) *QR {
	code, err := qrcode.New(text, qrcode.Medium)
	if err != nil {
		return nil
	}
	q := &QR{modules: code.Bitmap(), side: side, label: label}
	q.raster = canvas.NewRaster(q.paint)
	q.raster.ScaleMode = canvas.ImageScalePixels
	q.ExtendBaseWidget(q)
	return q
}

// paint draws the code on so many dots.
func (q *QR) paint(w, h int) image.Image {
	out := image.NewNRGBA(image.Rect(0, 0, w, h))
	for i := range out.Pix {
		out.Pix[i] = 0xff
	}
	n := len(q.modules)
	dot := min(w, h) / n
	if dot == 0 {
		return out
	}
	left, top := (w-dot*n)/2, (h-dot*n)/2
	for y := range dot * n {
		for x := range dot * n {
			if q.modules[y/dot][x/dot] {
				out.SetNRGBA(left+x, top+y, color.NRGBA{A: 0xff})
			}
		}
	}
	return out
}

// HeightFor implements Tall: a code is square, and no larger than it was asked
// to be.
func (q *QR) HeightFor(width float32) float32 { return min(width, q.side) }

// MinSize implements fyne.CanvasObject.
func (q *QR) MinSize() fyne.Size { return fyne.NewSquareSize(q.side) }

// AccessibilityLabel implements fyne.Accessible.
func (q *QR) AccessibilityLabel() string { return q.label }

// AccessibilityRole implements fyne.Accessible.
func (q *QR) AccessibilityRole() fyne.AccessibleRole { return fyne.AccessibleRoleText }

// CreateRenderer implements fyne.Widget.
func (q *QR) CreateRenderer() fyne.WidgetRenderer { return &qrRenderer{q} }

type qrRenderer struct{ q *QR }

func (r *qrRenderer) Layout(s fyne.Size) { r.q.raster.Resize(s) }
func (r *qrRenderer) MinSize() fyne.Size { return r.q.MinSize() }
func (r *qrRenderer) Objects() []fyne.CanvasObject {
	return []fyne.CanvasObject{r.q.raster}
}
func (r *qrRenderer) Destroy() {}
func (r *qrRenderer) Refresh() { canvas.Refresh(r.q.raster) }
