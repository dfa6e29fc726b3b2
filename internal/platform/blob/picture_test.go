package blob

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"testing"

	"pgregory.net/rapid"
)

const place = "GPS 37.9838N 23.7275E"

// exif makes a description with an orientation and a place.
func exif(o uint16) []byte {
	b := []byte("II*\x00\x08\x00\x00\x00\x01\x00\x12\x01\x03\x00\x01\x00\x00\x00")
	b = binary.LittleEndian.AppendUint16(b, o)
	return append(append(b, 0, 0, 0, 0, 0, 0), place...)
}

// scene is red above and blue below, wider than high.
func scene() image.Image {
	img := image.NewRGBA(image.Rect(0, 0, 96, 64))
	for y := range 64 {
		for x := range 96 {
			c := color.RGBA{220, 20, 20, 255}
			if y >= 32 {
				c = color.RGBA{20, 20, 220, 255}
			}
			img.Set(x, y, c)
		}
	}
	return img
}

func jpegWith(t *testing.T, o uint16) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := jpeg.Encode(&b, scene(), nil); err != nil {
		t.Fatal(err)
	}
	seg := append([]byte("Exif\x00\x00"), exif(o)...)
	out := append([]byte{0xff, 0xd8, 0xff, 0xe1}, binary.BigEndian.AppendUint16(nil, uint16(len(seg)+2))...)
	out = append(out, seg...)
	comment := append([]byte{0xff, 0xfe, 0, byte(len(place) + 2)}, place...)
	return append(append(append(out, comment...), b.Bytes()[2:]...), place...) // and something behind the end
}

func pngChunk(name string, data []byte) []byte {
	b := binary.BigEndian.AppendUint32(nil, uint32(len(data)))
	b = append(append(b, name...), data...)
	return binary.BigEndian.AppendUint32(b, crc32.ChecksumIEEE(b[4:]))
}

func pngWith(t *testing.T, o uint16) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, scene()); err != nil {
		t.Fatal(err)
	}
	head := 8 + 25 // signature and IHDR
	out := append(bytes.Clone(b.Bytes()[:head]), pngChunk("tEXt", []byte("Comment\x00"+place))...)
	out = append(out, pngChunk("eXIf", exif(o))...)
	return append(append(out, b.Bytes()[head:]...), "PK\x03\x04"+place...)
}

func red(c color.Color) bool { r, _, b, _ := c.RGBA(); return r > b }

func TestPut_picturesLoseTheirPlaceAndStandUpright(t *testing.T) {
	for name, c := range map[string]struct {
		in   []byte
		kind string
	}{
		"jpeg upright": {jpegWith(t, 1), typeJPEG}, "jpeg 3": {jpegWith(t, 3), typeJPEG}, "jpeg 6": {jpegWith(t, 6), typeJPEG}, "jpeg 8": {jpegWith(t, 8), typeJPEG},
		"png 6": {pngWith(t, 6), typePNG},
	} {
		t.Run(name, func(t *testing.T) {
			if !bytes.Contains(c.in, []byte(place)) {
				t.Fatal("the test picture has no place")
			}
			s := store(t, nil)
			info := put(t, s, c.in)
			if info.Type != c.kind || info.Preview == "" {
				t.Fatalf("%+v", info)
			}
			for _, ref := range []string{info.Ref, info.Preview} {
				b, err := get(t, s, ref, key)
				if err != nil {
					t.Fatal(err)
				}
				if bytes.Contains(b, []byte(place)) || bytes.Contains(b, []byte("Exif")) || bytes.Contains(b, []byte("eXIf")) || bytes.Contains(b, []byte("PK\x03\x04")) {
					t.Error("the description or what hung behind is still there")
				}
				img, _, err := image.Decode(bytes.NewReader(b))
				if err != nil {
					t.Fatal(err)
				}
				d := img.Bounds()
				w, h := d.Dx(), d.Dy()
				top, bottom, left, right := red(img.At(w/2, 5)), red(img.At(w/2, h-5)), red(img.At(5, h/2)), red(img.At(w-5, h/2))
				var ok bool
				switch name[len(name)-1] {
				case '3':
					ok = w == 96 && !top && bottom
				case '6': // turned clockwise: what was above is right
					ok = w == 64 && h == 96 && right && !left
				case '8':
					ok = w == 64 && h == 96 && left && !right
				default:
					ok = w == 96 && top && !bottom
				}
				if !ok {
					t.Errorf("%dx%d, red above %v, below %v, left %v, right %v", w, h, top, bottom, left, right)
				}
			}
			if n := len(files(t, s)); n != 2 {
				t.Errorf("%d files on the disk", n)
			}
		})
	}
}

func TestPut_webp(t *testing.T) {
	for in, kind := range map[string]string{
		"UklGRiIAAABXRUJQVlA4IBYAAAAwAQCdASoBAAEADsD+JaQAA3AAAAAA": typeJPEG,
		"UklGRhoAAABXRUJQVlA4TA0AAAAvAAAAEAcQERGIiP4HAA==":         typePNG, // see-through
	} {
		b, err := base64.StdEncoding.DecodeString(in)
		if err != nil {
			t.Fatal(err)
		}
		s := store(t, nil)
		if info := put(t, s, b); info.Type != kind {
			t.Errorf("became %s, want %s", info.Type, kind)
		}
	}
}

func TestPut_previewIsSmall(t *testing.T) {
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, 3000, 1200))); err != nil {
		t.Fatal(err)
	}
	s := store(t, nil)
	small, err := get(t, s, put(t, s, b.Bytes()).Preview, key)
	if err != nil {
		t.Fatal(err)
	}
	c, format, err := image.DecodeConfig(bytes.NewReader(small))
	if err != nil || format != "jpeg" || c.Width != 800 || c.Height != 320 {
		t.Fatalf("%s %dx%d %v", format, c.Width, c.Height, err)
	}
}

func TestPut_picturesRefused(t *testing.T) {
	huge := pngWith(t, 1) // claims 60,000 × 60,000 in 12 KB
	binary.BigEndian.PutUint32(huge[16:], 60_000)
	binary.BigEndian.PutUint32(huge[20:], 60_000)
	binary.BigEndian.PutUint32(huge[29:], crc32.ChecksumIEEE(huge[12:29]))
	wide := jpegWith(t, 1)
	i := bytes.Index(wide, []byte{0xff, 0xc0})
	binary.BigEndian.PutUint16(wide[i+5:], 65_000)
	binary.BigEndian.PutUint16(wide[i+7:], 65_000)
	j := jpegWith(t, 1)
	for name, c := range map[string]struct {
		b    []byte
		want Reason
	}{
		"png bomb":     {huge, TooDetailed},
		"jpeg bomb":    {wide, TooDetailed},
		"cut jpeg":     {j[:len(j)/2], Damaged},
		"jpeg in name": {append([]byte{0xff, 0xd8, 0xff, 0xe0}, "<script>alert(1)</script>"...), Damaged},
		"heic":         {append([]byte("\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic"), make([]byte, 64)...), HEIC},
	} {
		t.Run(name, func(t *testing.T) { refused(t, store(t, nil), bytes.NewReader(c.b), Limits{}, c.want) })
	}
}

// Turning a picture and turning it back gives the same picture, in every form that is turned plane by plane.
func TestUpright_undoes(t *testing.T) {
	back := map[int]int{2: 2, 3: 3, 4: 4, 5: 5, 6: 8, 7: 7, 8: 6}
	rapid.Check(t, func(t *rapid.T) {
		w, h := rapid.IntRange(1, 19).Draw(t, "w"), rapid.IntRange(1, 19).Draw(t, "h")
		o := rapid.IntRange(2, 8).Draw(t, "orientation")
		ratio := rapid.SampledFrom([]image.YCbCrSubsampleRatio{image.YCbCrSubsampleRatio444, image.YCbCrSubsampleRatio422, image.YCbCrSubsampleRatio420, image.YCbCrSubsampleRatio440}).Draw(t, "ratio")
		in := image.NewYCbCr(image.Rect(0, 0, w, h), ratio)
		for _, plane := range [][]byte{in.Y, in.Cb, in.Cr} {
			copy(plane, rapid.SliceOfN(rapid.Byte(), len(plane), len(plane)).Draw(t, "plane"))
		}
		out := upright(upright(in, o), back[o]).(*image.YCbCr)
		if out.SubsampleRatio != ratio || !bytes.Equal(out.Y, in.Y) || !bytes.Equal(out.Cb, in.Cb) || !bytes.Equal(out.Cr, in.Cr) {
			t.Fatalf("%d and back changed a %dx%d picture", o, w, h)
		}
	})
}

func FuzzPutPicture(f *testing.F) {
	f.Add([]byte("\xff\xd8\xff\xe1\x00\x0aExif\x00\x00II\xff\xda\x00\x02"))
	f.Add([]byte("\x89PNG\r\n\x1a\n\x00\x00\x00\x0dIHDR"))
	f.Add([]byte("RIFF\x24\x00\x00\x00WEBPVP8 "))
	s, err := New(f.TempDir(), nil)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		info, err := s.Put(context.Background(), bytes.NewReader(b), key, Limits{Pixels: 1 << 16})
		if err == nil {
			s.Delete(info.Ref)
		}
	})
}
