"""The web application and the command line."""

import os

# Read by gradio and huggingface_hub when they are imported: nothing this package does may call out by itself.
os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")
os.environ.setdefault("HF_HUB_OFFLINE", "1")
