// ImageReview (imagepolicy.k8s.io/v1alpha1): the question of the API server, the rules, and the answer.

package scanner

import (
	"encoding/json"
	"fmt"
)

const (
	reviewVersion = "imagepolicy.k8s.io/v1alpha1"
	reviewKind    = "ImageReview"
)

type imageReview struct {
	APIVersion string             `json:"apiVersion"`
	Kind       string             `json:"kind"`
	Spec       *imageReviewSpec   `json:"spec,omitempty"`
	Status     *imageReviewStatus `json:"status,omitempty"`
}

type imageReviewSpec struct {
	Containers []struct {
		Image string `json:"image"`
	} `json:"containers"`
	Annotations map[string]string `json:"annotations"`
	Namespace   string            `json:"namespace"`
}

type imageReviewStatus struct {
	Allowed bool   `json:"allowed"`
	Reason  string `json:"reason"`
}

type denyRule struct {
	Image  string `json:"image"`
	Reason string `json:"reason"`
}

func decodeReview(body []byte) (*imageReviewSpec, error) {
	var review imageReview
	if err := json.Unmarshal(body, &review); err != nil {
		return nil, fmt.Errorf("not an ImageReview: %w", err)
	}
	if review.APIVersion != reviewVersion || review.Kind != reviewKind || review.Spec == nil {
		return nil, fmt.Errorf("want %s %s with a spec, got %q %q", reviewVersion, reviewKind, review.APIVersion, review.Kind)
	}
	return review.Spec, nil
}

func (s *imageReviewSpec) images() []string {
	images := []string{}
	for _, container := range s.Containers {
		images = append(images, container.Image)
	}
	return images
}

// judge denies by the first rule that matches the first image that any rule matches.
func judge(rules []denyRule, images []string) imageReviewStatus {
	for _, image := range images {
		for _, rule := range rules {
			for _, form := range imageForms(image) {
				if globMatch(rule.Image, form) {
					return imageReviewStatus{Allowed: false, Reason: rule.Reason}
				}
			}
		}
	}
	return imageReviewStatus{Allowed: true}
}
