//! Links names across packages, solves the call graph, finds entry points and call paths.
