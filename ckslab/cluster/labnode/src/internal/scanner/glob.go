// The pattern language of the scanner's rules: `*` is any text, `/` and `:` included, `?` one character.

package scanner

import "strings"

// globMatch is linear in practice: it goes back to the last star only.
func globMatch(pattern, text string) bool {
	p, t, star, resume := []rune(pattern), []rune(text), -1, 0
	i, j := 0, 0
	for j < len(t) {
		switch {
		case i < len(p) && p[i] == '*':
			star, resume = i, j
			i++
		case i < len(p) && (p[i] == '?' || p[i] == t[j]):
			i++
			j++
		case star >= 0:
			resume++
			i, j = star+1, resume
		default:
			return false
		}
	}
	for i < len(p) && p[i] == '*' {
		i++
	}
	return i == len(p)
}

// imageForms are the names under which rules see an image: without tag and digest it is also `:latest`.
func imageForms(image string) []string {
	last := image[strings.LastIndex(image, "/")+1:]
	if strings.ContainsAny(last, ":@") || strings.Contains(image, "@") {
		return []string{image}
	}
	return []string{image, image + ":latest"}
}
