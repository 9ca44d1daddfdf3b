// A name that is no text has a text of its own, and leads back to its bytes.

package nodefile

import "testing"

func TestEachNameHasATextOfItsOwn(t *testing.T) {
	texts := map[string]string{
		"/opt/bin":              "/opt/bin",
		"prüfung":               "prüfung",
		"pr\xfcfung":            "pr\uFFFDfcfung",
		"\xf0":                  "\uFFFDf0",
		"\xff":                  "\uFFFDff",
		"\uFFFD":                "\uFFFDef\uFFFDbf\uFFFDbd",
		"\uFFFDff":              "\uFFFDef\uFFFDbf\uFFFDbdff",
		"\xe2\x82-":             "\uFFFDe2\uFFFD82-",
		"a\nb":                  "a\nb",
		"\xed\xa0\x80/\xff\xff": "\uFFFDed\uFFFDa0\uFFFD80/\uFFFDff\uFFFDff",
	}
	for name, text := range texts {
		if Text(name) != text || Raw(text) != name {
			t.Errorf("%q: %q, and back %q", name, Text(name), Raw(text))
		}
	}
	for _, text := range []string{"a\uFFFD", "a\uFFFDg0", "a\uFFFD2f", "a\uFFFD\uFFFD"} {
		if Raw(text) != text {
			t.Errorf("%q: %q", text, Raw(text))
		}
	}
}
