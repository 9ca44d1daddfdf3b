// Times as systemd.time(7) writes them: what follows --since and --until.

package systemd

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
)

var (
	spanPart = regexp.MustCompile(`^\s*(\d+)\s*([a-z]*)\s*`)
	spanUnit = map[string]time.Duration{
		"": time.Second, "s": time.Second, "sec": time.Second, "second": time.Second, "seconds": time.Second,
		"m": time.Minute, "min": time.Minute, "minute": time.Minute, "minutes": time.Minute,
		"h": time.Hour, "hr": time.Hour, "hour": time.Hour, "hours": time.Hour,
		"d": 24 * time.Hour, "day": 24 * time.Hour, "days": 24 * time.Hour,
		"w": 7 * 24 * time.Hour, "week": 7 * 24 * time.Hour, "weeks": 7 * 24 * time.Hour,
	}
	dateLayouts  = []string{"2006-01-02 15:04:05", "2006-01-02T15:04:05", "2006-01-02 15:04", "2006-01-02"}
	clockLayouts = []string{"15:04:05", "15:04"}
)

// instant is the moment that a text means at `now`.
func instant(text string, now time.Time) (time.Time, error) {
	text = strings.TrimSpace(text)
	midnight := time.Date(now.Year(), now.Month(), now.Day(), 0, 0, 0, 0, now.Location())
	switch text {
	case "now":
		return now, nil
	case "today":
		return midnight, nil
	case "yesterday":
		return midnight.AddDate(0, 0, -1), nil
	}
	if epoch, is := strings.CutPrefix(text, "@"); is {
		if seconds, err := strconv.ParseInt(epoch, 10, 64); err == nil {
			return time.Unix(seconds, 0), nil
		}
	}
	plain, zone := strings.TrimSuffix(text, " UTC"), now.Location()
	if plain != text {
		zone = time.UTC
	}
	for _, layout := range dateLayouts {
		if at, err := time.ParseInLocation(layout, plain, zone); err == nil {
			return at, nil
		}
	}
	for _, layout := range clockLayouts {
		if at, err := time.ParseInLocation(layout, plain, zone); err == nil {
			return midnight.Add(time.Duration(at.Hour())*time.Hour + time.Duration(at.Minute())*time.Minute +
				time.Duration(at.Second())*time.Second), nil
		}
	}
	if back, is := strings.CutSuffix(text, "ago"); is {
		if span, ok := timeSpan(back); ok {
			return now.Add(-span), nil
		}
	}
	if back, is := strings.CutPrefix(text, "-"); is {
		if span, ok := timeSpan(back); ok {
			return now.Add(-span), nil
		}
	}
	return time.Time{}, fmt.Errorf("Failed to parse timestamp: %s", text)
}

func timeSpan(text string) (time.Duration, bool) {
	total, parts := time.Duration(0), 0
	for strings.TrimSpace(text) != "" {
		found := spanPart.FindStringSubmatch(text)
		if found == nil {
			return 0, false
		}
		unit, known := spanUnit[found[2]]
		count, err := strconv.Atoi(found[1])
		if !known || err != nil {
			return 0, false
		}
		total += time.Duration(count) * unit
		parts++
		text = text[len(found[0]):]
	}
	return total, parts > 0
}
