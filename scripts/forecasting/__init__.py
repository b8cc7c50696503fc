"""Parts of the forecasting benchmark: readers, members, scores, summaries."""
