import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
    areaPath,
    betweenPath,
    heights,
    linePath,
    octaves,
    scale,
    smoothPath,
    summits,
    thinned,
    valueAt,
    type Point,
} from '../src/lib/picture';
import { toneDbAt } from '../src/lib/presetTone';

test('scales hold what lies outside, and octaves are equally wide', () => {
    const y = scale(-60, 0, 120);
    assert.deepEqual([-90, -60, -30, 0, 12].map(y), [0, 0, 60, 120, 120]);
    const x = octaves(20, 20_480, 100);
    assert.ok(Math.abs(x(40) - x(20) - (x(20_480) - x(10_240))) < 1e-9);
    assert.equal(octaves(20, 20_000, 100)(5), 0);
    assert.deepEqual([0, -30, -60, -75, -500].map(heights(-60, 0, 100)), [0, 50, 100, 125, 130]);
});

/** All numbers of a path, in pairs. */
const pairs = (path: string): Point[] => {
    const numbers = (path.match(/-?[\d.]+/g) ?? []).map(Number);
    return Array.from({ length: numbers.length / 2 }, (_, i) => [
        numbers[2 * i] as number,
        numbers[2 * i + 1] as number,
    ]);
};

test('a smooth line meets every point and never leaves what its neighbours span', () => {
    const points: Point[] = [0, 3, 3, -8, -8.5, 12, 0].map((y, i) => [i * 10, y]);
    const controls = pairs(smoothPath(points));
    assert.deepEqual(
        controls.filter((_, i) => i % 3 === 0),
        points,
    );
    points.slice(1).forEach(([, y], i) => {
        const before = points[i]?.[1] ?? NaN;
        for (const control of controls.slice(3 * i + 1, 3 * i + 3)) {
            assert.ok(control[1] >= Math.min(before, y) - 0.06, `${control}`);
            assert.ok(control[1] <= Math.max(before, y) + 0.06, `${control}`);
        }
    });
});

test('areas are closed, and nothing is drawn of nothing', () => {
    const points: Point[] = [
        [0, 1],
        [10, 2],
    ];
    assert.equal(areaPath(linePath(points), points, 50), 'M0 1L10 2L10 50L0 50Z');
    assert.equal(areaPath('', [], 50), '');
    const between = betweenPath(points, [
        [0, 5],
        [10, 6],
    ]);
    assert.match(between, /^M0 1C.* 10 2L10 6C.* 0 5Z$/);
    assert.equal(betweenPath([], []), '');
});

test('values between steps are in proportion and hold at the ends', () => {
    assert.equal(valueAt([0, 10, 20], 0.5), 5);
    assert.equal(valueAt([0, 10, 20], -3), 0);
    assert.equal(valueAt([0, 10, 20], 9), 20);
    assert.equal(valueAt([], 0), undefined);
});

test('fewer values keep the extremes', () => {
    const values = Array.from({ length: 1000 }, (_, i) => (i === 503 ? -9 : -1));
    assert.equal(Math.min(...thinned(values, 10, -1)), -9);
    assert.equal(Math.max(...thinned(values, 10)), -1);
    assert.deepEqual(thinned([1, 2], 10), [1, 2]);
});

test('hills and valleys are found once each, the greatest first', () => {
    const curve = [0, 1, 2, 2, 1, 0, -1, -3, -1, 0, 0.2, 0];
    assert.deepEqual(summits(curve, 0.5), [7, 2]);
    assert.deepEqual(summits([0, 0, 0], 0.5), []);
});

test('a preset is level around its points and smooth between, as the server has it', () => {
    const warm = { toneHz: [60, 250, 1000, 4000, 12_000], toneDb: [1.5, 1, 0, -0.5, -1] };
    for (const [hz, db] of [
        [20, 1.5],
        [60, 1.5],
        [75, 1.5],
        [250, 1],
        [300, 1],
        [500, 0.5],
        [1000, 0],
        [20_000, -1],
    ] as const) {
        assert.ok(Math.abs(toneDbAt(warm, hz) - db) < 1e-9, `${toneDbAt(warm, hz)} at ${hz} Hz`);
    }
});
