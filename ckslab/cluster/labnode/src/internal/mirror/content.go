// What can be given: content that is read where it lies, and who says what a name means.

package mirror

import "io"

// blob is content of a known size. mediaType: of a manifest, "" for what a manifest names.
type blob struct {
	mediaType string
	digest    string
	content   io.ReaderAt
	size      int64
}

// source knows repositories such as docker.io/library/alpine.
type source interface {
	has(repository string) bool
	// manifest is that of a tag, or of a digest with its algorithm; nil where the repository has none.
	manifest(repository, reference string) (*blob, error)
	// blob is of any image of the repository.
	blob(repository, digest string) (*blob, error)
}

// joined are contents one behind another.
type joined []*io.SectionReader

func (j joined) size() int64 {
	var sum int64
	for _, part := range j {
		sum += part.Size()
	}
	return sum
}

// ReadAt reads until the buffer is full or the last part ends.
func (j joined) ReadAt(into []byte, offset int64) (int, error) {
	count := 0
	for _, part := range j {
		if offset >= part.Size() {
			offset -= part.Size()
			continue
		}
		read, err := part.ReadAt(into[count:], offset)
		count, offset = count+read, 0
		if count == len(into) {
			return count, nil
		}
		if err != io.EOF {
			return count, err
		}
	}
	return count, io.EOF
}
