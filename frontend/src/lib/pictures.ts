/**
 * Less than two frames of a usual screen. Thirty pictures a second, as the meters of a mixing desk
 * have: twice as many look the same, and take the processor from the server where both are one
 * machine.
 */
const kRestMs = 25;

const draws = new Set<(now: number) => void>();
let planned = false;

/** A frame that is asked for has the whole page looked at, even if nothing is drawn in it. */
function plan(): void {
    if (planned || draws.size === 0) return;
    planned = true;
    setTimeout(() => requestAnimationFrame(step), kRestMs);
}

function step(now: number): void {
    planned = false;
    for (const draw of [...draws]) draw(now);
    plan();
}

/**
 * Calls `draw` with the time of some thirty frames a second while the page can be seen, all that
 * moves in the same ones. @return stops it
 */
export function onPictures(draw: (now: number) => void): () => void {
    draws.add(draw);
    plan();
    return () => {
        draws.delete(draw);
    };
}
