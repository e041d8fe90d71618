//! Joins dependency graph, advisories and reachability into levels, verdicts and reasons.
