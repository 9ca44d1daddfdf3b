"""The answers of a scenario: what answers.yaml says, and the steps that play each answer."""
