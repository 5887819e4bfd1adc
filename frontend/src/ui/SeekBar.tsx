import { computed, useSignal } from '@preact/signals';
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks';
import { segmentsOf } from '../lib/chunks';
import { formatTime, spokenTime } from '../lib/format';
import { onPictures } from '../lib/pictures';
import { useQuiet } from '../lib/quiet';
import { resample } from '../lib/waveform';
import * as insight from '../model/insight';
import { dark } from '../model/theme';
import { player } from '../player';
import { strings } from '../strings';

const words = strings.player;
const kStepSeconds = 5;
const kPageSeconds = 30;
const kBarPx = 3;
const kGapPx = 2;
const kLeastBarPx = 2;
/** That the playhead can be at: half a pixel apart on a wide screen, eight a second in a song. */
const kPlaces = 2000;

const segments = computed(() => {
    const view = insight.chunkView.value;
    if (!view) return [];
    return segmentsOf(view.states, view.chunkSeconds, player.duration.value);
});

function draw(canvas: HTMLCanvasElement, peaks: readonly number[] | undefined): void {
    const { clientWidth: width, clientHeight: height } = canvas;
    const scale = devicePixelRatio || 1;
    canvas.width = Math.round(width * scale);
    canvas.height = Math.round(height * scale);
    const context = canvas.getContext('2d');
    if (!context || width === 0) return;
    context.scale(scale, scale);
    context.fillStyle = getComputedStyle(canvas).color;
    const count = Math.max(1, Math.floor((width + kGapPx) / (kBarPx + kGapPx)));
    const pitch = width / count;
    const shape = peaks && peaks.length > 0 ? resample(peaks, count) : undefined;
    context.beginPath();
    for (let i = 0; i < count; i++) {
        const tall = Math.max(kLeastBarPx, (shape?.[i] ?? 0) * height);
        context.roundRect(i * pitch, (height - tall) / 2, pitch - kGapPx, tall, kBarPx / 2);
    }
    context.fill();
}

/** The waveform to seek in, and under it the strip of chunks that the server has rendered. */
export function SeekBar() {
    const bar = useRef<HTMLDivElement>(null);
    const base = useRef<HTMLCanvasElement>(null);
    const played = useRef<HTMLCanvasElement>(null);
    /** Where the pointer is, as a share of the track; and whether it drags. */
    const hover = useSignal<number | undefined>(undefined);
    const dragging = useSignal(false);

    const track = player.track.value;
    const duration = player.duration.value;
    const peaks = insight.waveform.value;

    const quiet = useQuiet();
    useLayoutEffect(() => {
        // Nothing is to be seen in it yet, and two canvases take their time.
        if (!track && !quiet) return undefined;
        const redraw = () => {
            for (const canvas of [base.current, played.current]) if (canvas) draw(canvas, peaks);
        };
        // Which calls at once too, when the layout is made: asking for sizes here would make one more.
        const observer = new ResizeObserver(redraw);
        if (bar.current) observer.observe(bar.current);
        return () => observer.disconnect();
    }, [peaks, player.voice.value.enhanced, dark.value, track !== undefined || quiet]);

    // The playhead moves with the screen, not with the engine's few time updates a second, and only
    // when it has come on by what can be seen: each move has the browser paint the waveform.
    const moving = player.playing.value;
    useEffect(() => {
        const element = bar.current;
        if (!element) return undefined;
        let shown = '';
        const place = () => {
            const length = player.duration.peek();
            const at =
                dragging.peek() && hover.peek() !== undefined
                    ? (hover.peek() ?? 0)
                    : length > 0
                      ? Math.min(1, player.now / length)
                      : 0;
            const now = `${((100 * Math.round(at * kPlaces)) / kPlaces).toFixed(2)}%`;
            if (now !== shown) element.style.setProperty('--at', now);
            shown = now;
        };
        place();
        return moving || dragging.peek() ? onPictures(place) : undefined;
    }, [moving, dragging.value, moving ? 0 : player.position.value, duration, track?.id]);

    const shareOf = (event: PointerEvent) => {
        const box = bar.current?.getBoundingClientRect();
        if (!box || box.width === 0) return 0;
        return Math.max(0, Math.min(1, (event.clientX - box.left) / box.width));
    };

    const onKeyDown = (event: KeyboardEvent) => {
        const steps: Record<string, number> = {
            ArrowRight: kStepSeconds,
            ArrowUp: kStepSeconds,
            ArrowLeft: -kStepSeconds,
            ArrowDown: -kStepSeconds,
            PageUp: kPageSeconds,
            PageDown: -kPageSeconds,
        };
        let target: number | undefined;
        if (event.key in steps && !event.shiftKey) target = player.now + (steps[event.key] ?? 0);
        else if (event.key === 'Home') target = 0;
        else if (event.key === 'End') target = duration;
        if (target === undefined) return;
        event.preventDefault();
        event.stopPropagation();
        player.seek(target);
    };

    const position = Math.floor(player.position.value);
    const ready = insight.chunksReady.value;
    const count = insight.chunkView.value?.states.length ?? 0;
    return (
        <div class="seek">
            <time class="seek-time">
                {formatTime(
                    dragging.value && hover.value !== undefined ? hover.value * duration : position,
                )}
            </time>
            <div
                ref={bar}
                class={`wave${track ? '' : ' is-off'}${player.buffering.value && moving ? ' is-waiting' : ''}`}
                role="slider"
                tabIndex={track ? 0 : -1}
                aria-label={words.position}
                aria-disabled={!track}
                aria-valuemin={0}
                aria-valuemax={Math.round(duration)}
                aria-valuenow={position}
                aria-valuetext={words.placeOf(spokenTime(position), spokenTime(duration))}
                onKeyDown={onKeyDown}
                onPointerDown={(event) => {
                    if (!track || event.button !== 0) return;
                    event.currentTarget.setPointerCapture(event.pointerId);
                    hover.value = shareOf(event);
                    dragging.value = true;
                }}
                onPointerMove={(event) => (hover.value = shareOf(event))}
                onPointerUp={(event) => {
                    if (!dragging.value) return;
                    dragging.value = false;
                    player.seek(shareOf(event) * duration);
                    if (event.pointerType === 'touch') hover.value = undefined;
                }}
                onPointerCancel={() => {
                    dragging.value = false;
                    hover.value = undefined;
                }}
                onPointerLeave={() => {
                    if (!dragging.value) hover.value = undefined;
                }}
            >
                <canvas ref={base} class="wave-base" />
                <canvas ref={played} class="wave-played" />
                <div
                    class="strip"
                    role="img"
                    aria-label={count > 0 ? words.rendered(ready, count) : words.notRendered}
                    data-ready={ready}
                    data-count={count}
                >
                    {segments.value.map((segment, i) => (
                        <i
                            key={i}
                            data-state={segment.state}
                            style={{
                                left: `${segment.from * 100}%`,
                                width: `${(segment.to - segment.from) * 100}%`,
                            }}
                        />
                    ))}
                </div>
                <div class="wave-head" />
                {hover.value !== undefined && track && (
                    <div class="wave-hover" style={{ left: `${hover.value * 100}%` }}>
                        <span>{formatTime(hover.value * duration)}</span>
                    </div>
                )}
            </div>
            <time class="seek-time">{formatTime(track ? duration : NaN)}</time>
        </div>
    );
}
