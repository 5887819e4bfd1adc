"""Draws what each preset does to the third-octave spectrum, as an SVG of small multiples. Only the standard library."""
import math

RANGE_DB = 6
PANEL_WIDTH, PANEL_HEIGHT = 300, 170
LEFT, TOP, GAP_X, GAP_Y = 46, 66, 34, 62
TICKS_HZ = [(50, "50"), (100, "100"), (200, "200"), (500, "500"), (1000, "1k"), (2000, "2k"), (5000, "5k"), (10000, "10k")]
QUIET_DB = -95  # below it a band holds hiss or dither, not music

# Middle tones, which read on white and on black: what the page around the picture is like cannot be known.
STYLE = """
  text { font: 11px system-ui, sans-serif; fill: #6f7783; }
  .title { font-size: 15px; font-weight: 600; }
  .name { font-size: 13px; font-weight: 600; }
  .grid { stroke: #8b929c; stroke-opacity: 0.25; }
  .zero { stroke: #8b929c; stroke-opacity: 0.9; }
  .spread { fill: #3b82f6; fill-opacity: 0.22; }
  .median { fill: none; stroke: #3b82f6; stroke-width: 2; stroke-linejoin: round; }
  .adaptive { fill: none; stroke: #8b929c; stroke-width: 1.2; stroke-dasharray: 4 3; }
  .stated { fill: #e8711a; }
"""


def band_hz(band):
    return 1000 * 10 ** ((band - 17) / 10)


def band_db(analysis, band):
    return 10 * math.log10(10 ** (analysis["midDb"][band] / 10) + 10 ** (analysis["sideDb"][band] / 10))


def changes(tracks, preset):
    """Per third octave the changes in dB of all tracks, before and after brought to one loudness."""
    bands = [[] for _ in range(31)]
    for track in tracks:
        before = track["before"]
        if before["integratedLufs"] <= -70:
            continue
        after = next(m["after"] for m in track["masters"] if m["preset"] == preset)
        louder = after["integratedLufs"] - before["integratedLufs"]
        for band, values in enumerate(bands):
            if min(band_db(before, band), band_db(after, band)) > QUIET_DB:
                values.append(band_db(after, band) - band_db(before, band) - louder)
    return bands


def part_of(values, part):
    """Linear between the values around it."""
    ordered = sorted(values)
    at = part * (len(ordered) - 1)
    low = math.floor(at)
    return ordered[low] + (at - low) * (ordered[min(low + 1, len(ordered) - 1)] - ordered[low])


class Panel:
    def __init__(self, left, top):
        self.left, self.top = left, top

    def x(self, hz):
        return self.left + PANEL_WIDTH * math.log(hz / 20) / math.log(1000)

    def y(self, db):
        return self.top + PANEL_HEIGHT * (RANGE_DB - max(-RANGE_DB, min(RANGE_DB, db))) / (2 * RANGE_DB)

    def points(self, pairs):
        return " ".join(f"{self.x(hz):.1f},{self.y(db):.1f}" for hz, db in pairs)


def axes(panel, name):
    out = [f'<text class="name" x="{panel.left}" y="{panel.top - 9}">{name}</text>']
    for db in range(-RANGE_DB, RANGE_DB + 1, 2):
        y = f"{panel.y(db):.1f}"
        out.append(f'<line class="{"zero" if db == 0 else "grid"}" x1="{panel.left}" x2="{panel.left + PANEL_WIDTH}" '
                   f'y1="{y}" y2="{y}"/>')
        out.append(f'<text x="{panel.left - 6}" y="{panel.y(db) + 4:.1f}" text-anchor="end">{db:+d}</text>'
                   if db else f'<text x="{panel.left - 6}" y="{panel.y(0) + 4:.1f}" text-anchor="end">0</text>')
    for hz, text in TICKS_HZ:
        x = f"{panel.x(hz):.1f}"
        out.append(f'<line class="grid" x1="{x}" x2="{x}" y1="{panel.top}" y2="{panel.top + PANEL_HEIGHT}"/>')
        out.append(f'<text x="{x}" y="{panel.top + PANEL_HEIGHT + 15}" text-anchor="middle">{text}</text>')
    return out


def percentiles(bands, part):
    """[(Hz, dB)] of the bands in which at least three tracks have music."""
    return [(band_hz(band), part_of(values, part)) for band, values in enumerate(bands) if len(values) >= 3]


def value_at(curve, hz):
    """Of the nearest band."""
    return min(curve, key=lambda point: abs(math.log(point[0] / hz)))[1]


def stated_tone(tracks, preset):
    """[(Hz, dB)] on top of what adaptive does; empty where a preset states nothing."""
    tones = (m["tone"] for t in tracks for m in t["masters"] if m["preset"] == preset and m["tone"])
    return [(tone["frequencyHz"], tone["statedDb"]) for tone in next(tones, [])]


def curves(panel, bands, adaptive, stated):
    high, low = percentiles(bands, 0.9), percentiles(bands, 0.1)
    out = [f'<polygon class="spread" points="{panel.points(high + low[::-1])}"/>']
    if stated:
        out.append(f'<polyline class="adaptive" points="{panel.points(adaptive)}"/>')
    out.append(f'<polyline class="median" points="{panel.points(percentiles(bands, 0.5))}"/>')
    out += [f'<circle class="stated" cx="{panel.x(hz):.1f}" cy="{panel.y(value_at(adaptive, hz) + db):.1f}" r="3.6">'
            f'<title>stated: {db:+g} dB at {hz:g} Hz</title></circle>' for hz, db in stated]
    return out


def draw(tracks, presets):
    columns = min(3, len(presets))
    rows = -(-len(presets) // columns)
    width = LEFT + columns * PANEL_WIDTH + (columns - 1) * GAP_X + 16
    height = TOP + rows * PANEL_HEIGHT + (rows - 1) * GAP_Y + 64
    count = sum(t["before"]["integratedLufs"] > -70 for t in tracks)
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
           'role="img" aria-label="What each preset does to the third-octave spectrum">', f"<style>{STYLE}</style>",
           f'<text class="title" x="{LEFT}" y="24">What each preset does to the spectrum, at equal loudness</text>']
    adaptive = percentiles(changes(tracks, "adaptive"), 0.5) if "adaptive" in presets else []
    for number, preset in enumerate(presets):
        panel = Panel(LEFT + number % columns * (PANEL_WIDTH + GAP_X), TOP + number // columns * (PANEL_HEIGHT + GAP_Y))
        out += axes(panel, preset) + curves(
            panel, changes(tracks, preset), adaptive, stated_tone(tracks, preset) if adaptive else [])
    legend = height - 16
    out += [f'<line class="median" x1="{LEFT}" x2="{LEFT + 24}" y1="{legend - 4}" y2="{legend - 4}"/>',
            f'<text x="{LEFT + 30}" y="{legend}">median of {count} tracks, after minus before</text>',
            f'<rect class="spread" x="{LEFT + 262}" y="{legend - 11}" width="24" height="13"/>',
            f'<text x="{LEFT + 292}" y="{legend}">10th to 90th percentile</text>',
            f'<line class="adaptive" x1="{LEFT + 452}" x2="{LEFT + 476}" y1="{legend - 4}" y2="{legend - 4}"/>',
            f'<text x="{LEFT + 482}" y="{legend}">median of adaptive</text>',
            f'<circle class="stated" cx="{LEFT + 612}" cy="{legend - 4}" r="3.6"/>',
            f'<text x="{LEFT + 622}" y="{legend}">adaptive and the stated tone</text>',
            f'<text x="{width - 16}" y="{legend}" text-anchor="end">dB over Hz, third octaves</text>', "</svg>", ""]
    return "\n".join(out)
