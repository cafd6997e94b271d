"""Views of images: every random draw is a function of seed, epoch, view and sample."""
