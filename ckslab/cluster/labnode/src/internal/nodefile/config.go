// Strict reading of a JSON configuration file: an unknown key is an error, not silence.

package nodefile

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
)

// ReadConfig reads exactly one document.
func ReadConfig(path string, into any) error {
	data, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(into); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	if _, err := decoder.Token(); err != io.EOF {
		return fmt.Errorf("%s: more than one JSON document", path)
	}
	return nil
}
