"""Parts of the classification benchmark: sets, contestants, ablations, studies, scores, summaries."""
