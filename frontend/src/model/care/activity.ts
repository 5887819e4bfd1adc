import { computed, signal } from '@preact/signals';
import {
    care,
    type Corridor,
    type Enhancement,
    type Prewarm,
} from '../../api/care';
import { live, onEvent, onGap } from '../../api/events';
import type { ScanStatus } from '../../api/types';
import { mergeJobs, secondsLeftOf } from '../../lib/care';
import { strings } from '../../strings';
import { askHealth, health, noteScan } from '../library';
import { isOver } from './prewarm';

/** With events, only what they do not tell has to be asked for; without, everything. */
const kMeasuringMs = 4000;
const kQuietMs = 60_000;
const kBusyWithoutEventsMs = 1500;
const kQuietWithoutEventsMs = 10_000;

export const corridor = signal<Corridor | undefined>(undefined);
/** The newest first, estimates left out. */
export const prewarms = signal<readonly Prewarm[]>([]);

export const enhancements = signal<readonly Enhancement[]>([]);

export type TaskKind = 'scan' | 'analysis' | 'prewarm' | 'enhance';
export type TaskState = 'waiting' | 'running' | 'done' | 'failed' | 'cancelled';

/** Something that the server works on, as people see it. */
export interface Task {
    key: string;
    kind: TaskKind;
    state: TaskState;
    title: string;
    detail: string;
    /** 0 .. 1; nothing while nobody knows. */
    fraction: number | undefined;
    secondsLeft: number | undefined;
    /** Has it end soon; nothing when it cannot be ended. */
    end: (() => Promise<void>) | undefined;
}

export function stateOf(job: Prewarm): TaskState {
    const { phase } = job.progress;
    return phase === 'analysing' || phase === 'rendering' ? 'running' : phase;
}

function scanTask(scan: ScanStatus): Task {
    const known = scan.filesToRead > 0;
    return {
        key: 'scan',
        kind: 'scan',
        state: 'running',
        title: strings.care.scanning,
        detail: known
            ? strings.care.filesRead(scan.filesRead, scan.filesToRead)
            : strings.care.filesSeen(scan.filesSeen),
        fraction: known ? scan.filesRead / scan.filesToRead : undefined,
        secondsLeft: undefined,
        end: care.endScan,
    };
}

function analysisTask(tracks: number, pending: number, known: Corridor | undefined): Task {
    const analysed = Math.min(tracks, known?.analysed ?? Math.max(0, tracks - pending));
    return {
        key: 'analysis',
        kind: 'analysis',
        state: 'running',
        title: strings.care.measuring,
        detail: strings.care.ofTracks(analysed, tracks),
        fraction: tracks > 0 ? analysed / tracks : undefined,
        secondsLeft: undefined,
        end: undefined,
    };
}

export function prewarmTask(job: Prewarm): Task {
    const { progress } = job;
    const state = stateOf(job);
    return {
        key: `prewarm-${job.id}`,
        kind: 'prewarm',
        state,
        title: strings.care.prewarmTitle(job.request),
        detail:
            state === 'waiting'
                ? strings.care.waits
                : progress.phase === 'analysing'
                  ? strings.care.measuringFirst
                  : strings.care.piecesRendered(progress.chunksRendered, progress.bytes),
        fraction: state === 'waiting' ? undefined : progress.fraction,
        secondsLeft: secondsLeftOf(progress.fraction, progress.seconds),
        end: () => care.endPrewarm(job.id),
    };
}

export function enhanceTask(job: Enhancement): Task {
    const { progress } = job;
    const { state } = progress;
    return {
        key: `enhance-${job.id}`,
        kind: 'enhance',
        state,
        title: strings.care.enhanceTitle(job.request),
        detail:
            state === 'waiting'
                ? strings.care.waits
                : strings.care.ofTracks(progress.tracksDone, progress.tracks),
        fraction: state === 'waiting' ? undefined : progress.fraction,
        secondsLeft: progress.secondsLeft ?? undefined,
        end: () => care.endEnhancement(job.id),
    };
}

/** What runs, then what waits, first come, first served. */
export const tasks = computed<Task[]>(() => {
    const known = health.value;
    const scans = known?.scan.running ? [scanTask(known.scan)] : [];
    const jobs = [
        ...prewarms.value.map(prewarmTask).reverse(),
        ...enhancements.value.map(enhanceTask).reverse(),
    ];
    const measures = known !== undefined && known.analysis.pending > 0 && known.tracks > 0;
    return [
        ...scans,
        ...jobs.filter(({ state }) => state === 'running'),
        ...jobs.filter(({ state }) => state === 'waiting'),
        ...(measures ? [analysisTask(known.tracks, known.analysis.pending, corridor.value)] : []),
    ];
});

const isEnhanced = ({ progress: { state } }: Enhancement) =>
    state === 'done' || state === 'failed' || state === 'cancelled';
const isEstimate = (job: Prewarm) => job.request.dryRun === true;

/** Takes in one that is new or has changed. */
export function notePrewarm(job: Prewarm): void {
    if (isEstimate(job)) return;
    const others = prewarms.value.filter(({ id }) => id !== job.id);
    prewarms.value = [job, ...others].sort((a, b) => Number(b.id) - Number(a.id));
}

export function noteEnhancement(job: Enhancement): void {
    const others = enhancements.value.filter(({ id }) => id !== job.id);
    enhancements.value = [job, ...others].sort((a, b) => Number(b.id) - Number(a.id));
}

let asked = 0;
let answered = 0;

async function askForJobs(): Promise<void> {
    const mine = ++asked;
    const [nowCorridor, jobs, files] = await Promise.allSettled([
        care.corridor(),
        care.prewarms(),
        care.enhancements(),
    ]);
    if (mine < answered) return; // A later question has been answered already.
    answered = mine;
    if (nowCorridor.status === 'fulfilled') corridor.value = nowCorridor.value;
    if (jobs.status === 'fulfilled') {
        const real = jobs.value.filter((job) => !isEstimate(job));
        prewarms.value = mergeJobs(prewarms.value, real, isOver);
    }
    if (files.status === 'fulfilled') {
        enhancements.value = mergeJobs(enhancements.value, files.value, isEnhanced);
    }
}

/** Asks for the state of everything, now. */
export async function refresh(): Promise<void> {
    await Promise.all([askHealth(), askForJobs()]);
}

function pauseMs(): number {
    const busy = tasks.value.length > 0;
    const measuring = (health.value?.analysis.pending ?? 0) > 0;
    if (live.value) return measuring ? kMeasuringMs : kQuietMs;
    return busy ? kBusyWithoutEventsMs : kQuietWithoutEventsMs;
}

/** Keeps all of it fresh for as long as the page is seen. */
export function startActivity(): void {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const round = async () => {
        clearTimeout(timer);
        await askForJobs();
        clearTimeout(timer);
        if (!document.hidden) timer = setTimeout(() => void round(), pauseMs());
    };
    void round();
    listen(round);
}

function listen(round: () => Promise<void>): void {
    onEvent<ScanStatus>('scan', (scan) => {
        noteScan(scan);
        // What it found is to be measured.
        if (!scan.running) void round();
    });
    onEvent<Prewarm>('prewarm', notePrewarm);
    onEvent<Enhancement>('enhance', noteEnhancement);
    onGap(() => {
        void askHealth();
        void round();
    });
    document.addEventListener('visibilitychange', () => void round());
}
