package blob

import (
	"bufio"
	"context"
	"errors"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"io"
	"time"

	"golang.org/x/image/draw"
	"golang.org/x/image/webp"
)

// memoryForPicture bounds what unpacking one picture may take: the whole server has 512 MB.
const memoryForPicture = 256 << 20

// drawingTime bounds how long one picture may take: a small file can describe a great deal of drawing.
const drawingTime = 30 * time.Second

const previewSide = 800

// putPicture draws the picture anew: turned as the camera held it, and without place, camera, comments, colour profile,
// and whatever hung behind it. A WebP becomes a JPEG, or a PNG where it is see-through. It also keeps a preview.
func (s *Store) putPicture(ctx context.Context, info *Info, f io.ReadSeeker, k *keyed, key []byte, sum *summer, l Limits) error {
	select {
	case s.drawing <- struct{}{}:
		defer func() { <-s.drawing }()
	case <-ctx.Done():
		return ctx.Err()
	}
	ctx, cancel := context.WithTimeout(ctx, drawingTime)
	defer cancel()
	img, err := readPicture(ctx, f, info.Type, l)
	if err != nil {
		return err
	}
	if info.Type == typeWebP {
		info.Type = typeJPEG
		if o, ok := img.(interface{ Opaque() bool }); ok && !o.Opaque() {
			info.Type = typePNG
		}
	}
	*sum = *newSummer()
	err = s.writeAndKeep(info.Ref, k, func(w io.Writer) error {
		out := io.MultiWriter(w, sum)
		if info.Type == typePNG {
			return (&png.Encoder{CompressionLevel: png.BestSpeed}).Encode(out, img)
		}
		return jpeg.Encode(out, img, &jpeg.Options{Quality: 90})
	})
	if err != nil {
		return err
	}
	preview := newRef()
	pk, err := newKeyed(key, preview)
	if err == nil {
		small := shrink(img)
		err = s.writeAndKeep(preview, pk, func(w io.Writer) error { return jpeg.Encode(w, small, &jpeg.Options{Quality: 80}) })
	}
	if err != nil {
		return errors.Join(err, s.Delete(info.Ref))
	}
	info.Preview = preview
	return nil
}

func (s *Store) writeAndKeep(ref string, k *keyed, fill func(io.Writer) error) error {
	tmp := s.temp(ref + ".drawn")
	if err := writeSealed(tmp, k, fill); err != nil {
		return err
	}
	return s.keep(tmp, ref)
}

// readPicture decodes after looking at the size, and turns the picture upright.
func readPicture(ctx context.Context, f io.ReadSeeker, kind string, l Limits) (image.Image, error) {
	meta, err := readMeta(f, kind)
	if err != nil {
		return nil, &Refused{Damaged, kind}
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return nil, err
	}
	config, decode := jpeg.DecodeConfig, jpeg.Decode
	switch kind {
	case typePNG:
		config, decode = png.DecodeConfig, png.Decode
	case typeWebP:
		config, decode = webp.DecodeConfig, webp.Decode
	}
	c, err := config(bufio.NewReader(f))
	if err != nil {
		return nil, &Refused{Damaged, kind}
	}
	if c.Width <= 0 || c.Height <= 0 || c.Width > l.Pixels/c.Height {
		return nil, &Refused{Reason: TooDetailed}
	}
	if int64(c.Width)*int64(c.Height)*bytesPerPixel(c.ColorModel, kind, meta) > memoryForPicture {
		return nil, &Refused{Reason: TooDetailed}
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return nil, err
	}
	img, err := decode(bufio.NewReaderSize(ctxReader{ctx, f}, 64<<10))
	if ctx.Err() != nil {
		return nil, &Refused{Reason: TooDetailed}
	}
	if err != nil {
		return nil, &Refused{Damaged, kind}
	}
	return upright(img, meta.orientation), nil
}

// bytesPerPixel estimates the memory for decoding and turning, at its worst.
func bytesPerPixel(m color.Model, kind string, meta pictureMeta) int64 {
	switch {
	case kind == typeJPEG && meta.progressive: // all coefficients are held until the last scan
		return int64(meta.samples)*4/100 + 6
	case m == color.NRGBA64Model || m == color.RGBA64Model:
		return 8
	case m == color.YCbCrModel:
		return 6
	case m == color.GrayModel:
		return 2
	}
	if meta.orientation > 1 {
		return 8
	}
	return 5
}

// shrink makes the preview: at most previewSide long, on white, because a JPEG cannot be see-through.
func shrink(img image.Image) image.Image {
	b := img.Bounds()
	w, h := b.Dx(), b.Dy()
	if m := max(w, h); m > previewSide {
		w, h = max(1, w*previewSide/m), max(1, h*previewSide/m)
	}
	out := image.NewRGBA(image.Rect(0, 0, w, h))
	draw.Draw(out, out.Bounds(), image.White, image.Point{}, draw.Src)
	draw.ApproxBiLinear.Scale(out, out.Bounds(), img, b, draw.Over, nil)
	return out
}

// upright turns and mirrors a picture as its EXIF orientation (1 to 8) asks. Pictures in the two forms cameras make are
// turned plane by plane, without first blowing them up to four bytes a pixel.
func upright(img image.Image, o int) image.Image {
	if o < 2 || o > 8 {
		return img
	}
	b := img.Bounds()
	switch p := img.(type) {
	case *image.YCbCr:
		ratio := p.SubsampleRatio
		if o >= 5 {
			switch ratio {
			case image.YCbCrSubsampleRatio422:
				ratio = image.YCbCrSubsampleRatio440
			case image.YCbCrSubsampleRatio440:
				ratio = image.YCbCrSubsampleRatio422
			case image.YCbCrSubsampleRatio411, image.YCbCrSubsampleRatio410:
				return turnRGBA(p, o) // these have no counterpart when turned
			}
		}
		w, h := turned(b.Dx(), b.Dy(), o)
		out := image.NewYCbCr(image.Rect(0, 0, w, h), ratio)
		turn(out.Y, out.YStride, p.Y, p.YStride, b.Dx(), b.Dy(), 1, o)
		cw, ch := chroma(b.Dx(), b.Dy(), p.SubsampleRatio)
		turn(out.Cb, out.CStride, p.Cb, p.CStride, cw, ch, 1, o)
		turn(out.Cr, out.CStride, p.Cr, p.CStride, cw, ch, 1, o)
		return out
	case *image.Gray:
		w, h := turned(b.Dx(), b.Dy(), o)
		out := image.NewGray(image.Rect(0, 0, w, h))
		turn(out.Pix, out.Stride, p.Pix, p.Stride, b.Dx(), b.Dy(), 1, o)
		return out
	}
	return turnRGBA(img, o)
}

func turnRGBA(img image.Image, o int) image.Image {
	b := img.Bounds()
	flat := image.NewNRGBA(image.Rect(0, 0, b.Dx(), b.Dy()))
	draw.Draw(flat, flat.Bounds(), img, b.Min, draw.Src)
	w, h := turned(b.Dx(), b.Dy(), o)
	out := image.NewNRGBA(image.Rect(0, 0, w, h))
	turn(out.Pix, out.Stride, flat.Pix, flat.Stride, b.Dx(), b.Dy(), 4, o)
	return out
}

func turned(w, h, o int) (int, int) {
	if o >= 5 {
		return h, w
	}
	return w, h
}

func chroma(w, h int, r image.YCbCrSubsampleRatio) (int, int) {
	switch r {
	case image.YCbCrSubsampleRatio422:
		return (w + 1) / 2, h
	case image.YCbCrSubsampleRatio420:
		return (w + 1) / 2, (h + 1) / 2
	case image.YCbCrSubsampleRatio440:
		return w, (h + 1) / 2
	case image.YCbCrSubsampleRatio411:
		return (w + 3) / 4, h
	case image.YCbCrSubsampleRatio410:
		return (w + 3) / 4, (h + 1) / 2
	}
	return w, h
}

// turn copies a plane of w×h points of n bytes, each to where orientation o puts it.
func turn(dst []byte, dstStride int, src []byte, srcStride, w, h, n, o int) {
	for y := range h {
		for x := range w {
			var tx, ty int
			switch o {
			case 2:
				tx, ty = w-1-x, y
			case 3:
				tx, ty = w-1-x, h-1-y
			case 4:
				tx, ty = x, h-1-y
			case 5:
				tx, ty = y, x
			case 6:
				tx, ty = h-1-y, x
			case 7:
				tx, ty = h-1-y, w-1-x
			case 8:
				tx, ty = y, w-1-x
			}
			copy(dst[ty*dstStride+tx*n:ty*dstStride+tx*n+n], src[y*srcStride+x*n:y*srcStride+x*n+n])
		}
	}
}
