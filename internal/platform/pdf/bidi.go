package pdf

import "golang.org/x/text/unicode/bidi"

// maxIsolates is the depth the Unicode rules allow.
const maxIsolates = 60

// levels gives each character its embedding level by the Unicode Bidirectional Algorithm (UAX 9), for a
// paragraph without line breaks. The libraries at hand report only left or right, which loses the
// difference between level 0 and level 2 and puts a number after Arabic words on the wrong side.
// The old embedding controls (LRE, RLO …) are removed before; isolates are honoured.
func levels(text []rune, base uint8) []uint8 {
	b := bidiText{text: text, class: make([]bidi.Class, len(text)), level: make([]uint8, len(text)), match: make([]int32, len(text))}
	var open []int32
	for i, r := range text {
		p, _ := bidi.LookupRune(r)
		b.class[i] = p.Class()
		b.match[i] = -1
		switch b.class[i] {
		case bidi.LRI, bidi.RLI, bidi.FSI:
			open = append(open, int32(i))
		case bidi.PDI:
			if n := len(open); n > 0 {
				b.match[open[n-1]] = int32(i)
				open = open[:n-1]
			}
		}
	}
	b.resolve(0, len(text), base, 0)
	return b.level
}

type bidiText struct {
	text  []rune
	class []bidi.Class
	level []uint8
	match []int32 // for an isolate initiator: its closing PDI, or -1
}

func isInitiator(c bidi.Class) bool { return c == bidi.LRI || c == bidi.RLI || c == bidi.FSI }

// resolve treats text[from:to] as one isolating run sequence; nested isolates are resolved on their own.
func (b *bidiText) resolve(from, to int, level uint8, depth int) {
	var seq []int
	for i := from; i < to; i++ {
		c := b.class[i]
		b.level[i] = level
		if c == bidi.BN {
			continue
		}
		seq = append(seq, i)
		if !isInitiator(c) || depth >= maxIsolates {
			continue
		}
		end := int(b.match[i])
		if end < 0 || end > to {
			end = to
		}
		inner := (level + 2) &^ 1
		if c == bidi.RLI || (c == bidi.FSI && b.firstStrong(i+1, end) == bidi.R) {
			inner = (level + 1) | 1
		}
		b.resolve(i+1, end, inner, depth+1)
		i = end - 1
	}
	b.implicit(seq, level)
	for i := from; i < to; i++ { // joiners and other invisible characters go with what stands before them
		if b.class[i] == bidi.BN && i > from && !isInitiator(b.class[i-1]) {
			b.level[i] = b.level[i-1]
		}
	}
}

func (b *bidiText) firstStrong(from, to int) bidi.Class {
	for i := from; i < to; i++ {
		switch c := b.class[i]; c {
		case bidi.L:
			return bidi.L
		case bidi.R, bidi.AL:
			return bidi.R
		case bidi.LRI, bidi.RLI, bidi.FSI:
			if b.match[i] < 0 {
				return bidi.L
			}
			i = int(b.match[i])
		}
	}
	return bidi.L
}

func (b *bidiText) implicit(seq []int, level uint8) {
	if len(seq) == 0 {
		return
	}
	embed := bidi.L
	if level&1 == 1 {
		embed = bidi.R
	}
	t := make([]bidi.Class, len(seq))
	for k, i := range seq {
		t[k] = b.class[i]
	}
	b.weak(t, embed)
	b.brackets(seq, t, embed)
	neutral(t, embed)
	for k, i := range seq {
		switch {
		case level&1 == 0 && t[k] == bidi.R:
			b.level[i] = level + 1
		case level&1 == 0 && (t[k] == bidi.AN || t[k] == bidi.EN):
			b.level[i] = level + 2
		case level&1 == 1 && t[k] != bidi.R:
			b.level[i] = level + 1
		default:
			b.level[i] = level
		}
	}
}

// weak applies rules W1 to W7.
func (b *bidiText) weak(t []bidi.Class, embed bidi.Class) {
	prev, strong := embed, embed
	for k, c := range t {
		if c == bidi.NSM { // W1
			c = prev
			if isInitiator(prev) || prev == bidi.PDI {
				c = bidi.ON
			}
		}
		prev = c
		switch c {
		case bidi.L, bidi.R, bidi.AL:
			strong = c
		case bidi.EN: // W2
			if strong == bidi.AL {
				c = bidi.AN
			}
		}
		t[k] = c
	}
	for k, c := range t { // W3, W4
		switch {
		case c == bidi.AL:
			t[k] = bidi.R
		case k > 0 && k+1 < len(t) && t[k-1] == t[k+1]:
			if (c == bidi.ES && t[k-1] == bidi.EN) || (c == bidi.CS && (t[k-1] == bidi.EN || t[k-1] == bidi.AN)) {
				t[k] = t[k-1]
			}
		}
	}
	for k := 0; k < len(t); k++ { // W5
		if t[k] != bidi.ET {
			continue
		}
		end := k
		for end < len(t) && t[end] == bidi.ET {
			end++
		}
		if (k > 0 && t[k-1] == bidi.EN) || (end < len(t) && t[end] == bidi.EN) {
			for j := k; j < end; j++ {
				t[j] = bidi.EN
			}
		}
		k = end - 1
	}
	strong = embed
	for k, c := range t { // W6, W7
		switch c {
		case bidi.L, bidi.R:
			strong = c
		case bidi.ES, bidi.ET, bidi.CS:
			t[k] = bidi.ON
		case bidi.EN:
			if strong == bidi.L {
				t[k] = bidi.L
			}
		}
	}
}

// strongOf is how a resolved class counts for neutrals: numbers count as right-to-left.
func strongOf(c bidi.Class) (bidi.Class, bool) {
	switch c {
	case bidi.L:
		return bidi.L, true
	case bidi.R, bidi.EN, bidi.AN:
		return bidi.R, true
	}
	return 0, false
}

// brackets applies rule N0: both brackets of a pair get one direction.
func (b *bidiText) brackets(seq []int, t []bidi.Class, embed bidi.Class) {
	type opener struct {
		want rune
		at   int
	}
	var stack []opener
	closing := map[int]int{}
	for k, i := range seq {
		if t[k] != bidi.ON {
			continue
		}
		p, _ := bidi.LookupRune(b.text[i])
		if !p.IsBracket() {
			continue
		}
		if p.IsOpeningBracket() {
			if len(stack) == 63 {
				break
			}
			want := []rune(bidi.ReverseString(string(b.text[i])))
			stack = append(stack, opener{want[0], k})
			continue
		}
		for n := len(stack) - 1; n >= 0; n-- {
			if stack[n].want == b.text[i] {
				closing[stack[n].at] = k
				stack = stack[:n]
				break
			}
		}
	}
	before := embed
	for k := range t {
		if end, ok := closing[k]; ok {
			b.pair(seq, t, k, end, embed, before)
		}
		if s, ok := strongOf(t[k]); ok {
			before = s
		}
	}
}

func (b *bidiText) pair(seq []int, t []bidi.Class, open, end int, embed, before bidi.Class) {
	found := false
	dir := embed
	for k := open + 1; k < end; k++ {
		s, ok := strongOf(t[k])
		if !ok {
			continue
		}
		found = true
		if s == embed {
			dir = embed
			break
		}
		dir = before
	}
	if !found {
		return
	}
	for _, at := range [2]int{open, end} {
		t[at] = dir
		for k := at + 1; k < len(t) && b.class[seq[k]] == bidi.NSM; k++ {
			t[k] = dir
		}
	}
}

// neutral applies N1 and N2: spaces and punctuation take the direction both sides agree on.
func neutral(t []bidi.Class, embed bidi.Class) {
	before := embed
	for k := 0; k < len(t); k++ {
		if s, ok := strongOf(t[k]); ok {
			before = s
			continue
		}
		end, after := k, embed
		for ; end < len(t); end++ {
			if s, ok := strongOf(t[end]); ok {
				after = s
				break
			}
		}
		dir := embed
		if before == after {
			dir = before
		}
		for ; k < end; k++ {
			t[k] = dir
		}
		k--
	}
}

// visual orders a line's levels for drawing from left to right (rule L2): it returns indexes into lv.
func visual(lv []uint8) []int {
	order := make([]int, len(lv))
	var top uint8
	low := uint8(255)
	for i, l := range lv {
		order[i] = i
		top = max(top, l)
		if l&1 == 1 {
			low = min(low, l)
		}
	}
	for l := top; l >= low && l > 0; l-- {
		for i := 0; i < len(order); i++ {
			j := i
			for j < len(order) && lv[order[j]] >= l {
				j++
			}
			for a, z := i, j-1; a < z; a, z = a+1, z-1 {
				order[a], order[z] = order[z], order[a]
			}
			if j > i {
				i = j
			}
		}
	}
	return order
}
