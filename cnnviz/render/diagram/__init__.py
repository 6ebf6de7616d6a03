"""The network as a picture: layers as boxes or as blocks to scale, laid out in layers, drawn as SVG, PNG or PDF."""
