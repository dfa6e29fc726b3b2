package blob

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"io"
)

// pictureMeta is the little that is read from a picture's own description before the description is thrown away.
type pictureMeta struct {
	orientation int
	progressive bool
	samples     int // coefficients for each 100 pixels
}

var errPicture = errors.New("not a whole picture")

func readMeta(f io.ReadSeeker, kind string) (pictureMeta, error) {
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return pictureMeta{}, err
	}
	r := bufio.NewReader(f)
	switch kind {
	case typeJPEG:
		return jpegMeta(r)
	case typePNG:
		return chunkMeta(r, 8, binary.BigEndian, "eXIf", "IEND")
	}
	return chunkMeta(r, 12, binary.LittleEndian, "EXIF", "")
}

// jpegMeta reads the segments before the picture itself.
func jpegMeta(r *bufio.Reader) (m pictureMeta, err error) {
	var b [4]byte
	if _, err := io.ReadFull(r, b[:2]); err != nil || b[0] != 0xff || b[1] != 0xd8 {
		return m, errPicture
	}
	for range 1000 {
		if _, err := io.ReadFull(r, b[:2]); err != nil || b[0] != 0xff {
			return m, errPicture
		}
		for b[1] == 0xff { // filling
			if b[1], err = r.ReadByte(); err != nil {
				return m, errPicture
			}
		}
		marker := b[1]
		if _, err := io.ReadFull(r, b[2:4]); err != nil {
			return m, errPicture
		}
		size := int(binary.BigEndian.Uint16(b[2:4])) - 2
		if size < 0 {
			return m, errPicture
		}
		seg := make([]byte, size)
		if _, err := io.ReadFull(r, seg); err != nil {
			return m, errPicture
		}
		switch {
		case marker == 0xe1 && m.orientation == 0:
			if tiff, ok := bytes.CutPrefix(seg, []byte("Exif\x00\x00")); ok {
				m.orientation = orientation(tiff)
			}
		case marker >= 0xc0 && marker <= 0xc2 && len(seg) >= 6:
			m.progressive = marker == 0xc2
			m.samples = samples(seg)
		case marker == 0xda:
			return m, nil
		}
	}
	return m, errPicture
}

// samples tells from the frame header how many coefficients 100 pixels have over all colours.
func samples(sof []byte) int {
	n := int(sof[5])
	if len(sof) < 6+3*n {
		return 400
	}
	most, sum := 1, 0
	for i := range n {
		hv := sof[6+3*i+1]
		a := int(hv>>4) * int(hv&15)
		most, sum = max(most, a), sum+a
	}
	return 100 * sum / most
}

// chunkMeta looks for the EXIF chunk among those of a PNG or WebP.
func chunkMeta(r *bufio.Reader, skip int, order binary.ByteOrder, want, last string) (m pictureMeta, err error) {
	if _, err := r.Discard(skip); err != nil {
		return m, errPicture
	}
	var b [8]byte
	for range 100_000 {
		if _, err := io.ReadFull(r, b[:]); err != nil {
			return m, nil // whether the picture is whole is for the decoder to say
		}
		name, size := string(b[:4]), int64(order.Uint32(b[4:]))
		if want == "eXIf" { // PNG: size first, a checksum behind
			name, size = string(b[4:]), int64(order.Uint32(b[:4]))
		}
		if name == last {
			return m, nil
		}
		if name == want && size <= 1<<20 {
			tiff := make([]byte, size)
			if _, err := io.ReadFull(r, tiff); err == nil {
				m.orientation = orientation(bytes.TrimPrefix(tiff, []byte("Exif\x00\x00")))
			}
			return m, nil
		}
		if want == "eXIf" {
			size += 4
		} else {
			size += size & 1
		}
		if _, err := io.CopyN(io.Discard, r, size); err != nil {
			return m, nil
		}
	}
	return m, errPicture
}

// orientation reads the one field of EXIF that is needed, from the first directory. 0 when there is none.
func orientation(tiff []byte) int {
	if len(tiff) < 8 {
		return 0
	}
	var order binary.ByteOrder = binary.BigEndian
	switch string(tiff[:2]) {
	case "II":
		order = binary.LittleEndian
	case "MM":
	default:
		return 0
	}
	at := int64(order.Uint32(tiff[4:]))
	if at+2 > int64(len(tiff)) {
		return 0
	}
	n := int64(order.Uint16(tiff[at:]))
	for i := range n {
		e := at + 2 + 12*i
		if e+12 > int64(len(tiff)) {
			return 0
		}
		if order.Uint16(tiff[e:]) == 0x0112 && order.Uint16(tiff[e+2:]) == 3 {
			if v := int(order.Uint16(tiff[e+8:])); v >= 1 && v <= 8 {
				return v
			}
			return 0
		}
	}
	return 0
}
