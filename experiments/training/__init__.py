"""Training encoders: presets, views, methods, one loop."""
