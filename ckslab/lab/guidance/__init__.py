"""Help for the learner: hints, the solution, and why the API server is down."""
