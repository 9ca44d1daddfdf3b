package nodefile

import (
	"encoding/hex"
	"strings"
	"unicode/utf8"
)

// mark stands in a path's text before the two digits of each byte that cannot be shown as it is.
const mark = string(utf8.RuneError)

// Text is a path or name as JSON can hold it, another one for each: a byte that is not UTF-8 is U+FFFD and its two hex
// digits, and so is each byte of a U+FFFD. It mirrors ckslab.kubernetes.node_file.path_text.
func Text(path string) string {
	if utf8.ValidString(path) && !strings.Contains(path, mark) {
		return path
	}
	var text strings.Builder
	for at, width := 0, 0; at < len(path); at += width {
		var letter rune
		letter, width = utf8.DecodeRuneInString(path[at:])
		if letter != utf8.RuneError {
			text.WriteRune(letter)
			continue
		}
		for _, one := range []byte(path[at : at+width]) {
			text.WriteString(mark + hex.EncodeToString([]byte{one}))
		}
	}
	return text.String()
}

// Raw is the path that a text stands for; a U+FFFD without the digits of such a byte stands for itself.
func Raw(text string) string {
	parts := strings.Split(text, mark)
	for number, part := range parts[1:] {
		if len(part) >= 2 {
			if one, err := hex.DecodeString(part[:2]); err == nil && one[0] >= utf8.RuneSelf {
				parts[number+1] = string(one) + part[2:]
				continue
			}
		}
		parts[number+1] = mark + part
	}
	return strings.Join(parts, "")
}
