import { computed, effect, signal } from '@preact/signals';
import { api, ApiError } from '../api/client';
import { soundApi } from '../api/sound';
import type { Analysis, Effect, Plan, Reference, Voice } from '../api/types';
import type { Player } from '../audio/Player';
import { chunkStateOf, countReady, type ChunkState } from '../lib/chunks';
import * as settings from './settings';

const kPollMs = 1000;
/** Once every chunk is ready only an eviction can change the strip. */
const kPollCompleteMs = 10_000;
const kRefineMs = 5000;
/** Gain reduction is looked up while music plays: in steps of 0.1 s, 0.2 s beyond 200 s. */
const kPicturePoints = 2000;

export interface ChunkView {
    chunkSeconds: number;
    states: ChunkState[];
}

/** What the server found out about the current track, and what it does with it. */
export const analysis = signal<Analysis | undefined>(undefined);
export const plan = signal<Plan | undefined>(undefined);
/** What the plan makes of the track; known while some picture shows it. */
export const effectOfPlan = signal<Effect | undefined>(undefined);
/** How many pictures are on the screen. */
export const pictures = signal(0);
/** The reference that is chosen. */
export const reference = signal<Reference | undefined>(undefined);
export const chunkView = signal<ChunkView | undefined>(undefined);
export const waveform = computed(() => analysis.value?.waveform ?? undefined);
export const chunksReady = computed(() => countReady(chunkView.value?.states ?? []));

/** Keeps them fresh for as long as the page lives. */
export function startInsight(player: Player): void {
    const trackId = computed(() => player.track.value?.id);
    const shown = computed(() => pictures.value > 0);

    effect(() => {
        const id = trackId.value;
        analysis.value = undefined;
        if (id === undefined) return undefined;
        return repeat(async (aborted) => {
            analysis.value = await api.analysis(id, aborted);
            return undefined;
        });
    });

    // The plan is that of the enhanced sound also while the original plays: it is what is compared.
    effect(() => {
        const id = trackId.value;
        const voice: Voice = { ...player.voice.value, enhanced: true };
        if (id === undefined) {
            plan.value = undefined;
            return undefined;
        }
        return repeat(async (aborted) => {
            plan.value = await api.plan(id, voice, aborted);
            return plan.value.provisional ? kRefineMs : undefined;
        });
    });
    effect(() => {
        const id = trackId.value;
        const voice: Voice = { ...player.voice.value, enhanced: true };
        if (id === undefined || !shown.value) return undefined;
        return repeat(async (aborted) => {
            effectOfPlan.value = await soundApi.effect(id, voice, kPicturePoints, aborted);
            return effectOfPlan.value.provisional ? kRefineMs : undefined;
        });
    });
    effect(() => {
        void trackId.value;
        plan.value = undefined;
        effectOfPlan.value = undefined;
    });

    effect(() => {
        const id = settings.reference.value;
        reference.value = undefined;
        if (!id) return undefined;
        return repeat(async (aborted) => {
            try {
                reference.value = await soundApi.reference(id, aborted);
            } catch (error) {
                if (!(error instanceof ApiError) || error.status !== 404) throw error;
                // It was deleted elsewhere, and every stream that names it would be refused.
                settings.reference.value = '';
            }
            return undefined;
        });
    });

    const visible = signal(!document.hidden);
    document.addEventListener('visibilitychange', () => (visible.value = !document.hidden));
    effect(() => {
        void trackId.value;
        void player.voice.value.preset;
        void player.voice.value.intensity;
        chunkView.value = undefined;
    });
    effect(() => {
        const id = trackId.value;
        const voice = player.voice.value;
        const playing = player.playing.value;
        if (id === undefined || !voice.enhanced || !visible.value) return undefined;
        return repeat(async (aborted) => {
            const answer = await api.chunks(id, voice, aborted);
            const states = answer.chunks.map(chunkStateOf);
            chunkView.value = { chunkSeconds: answer.chunkSeconds, states };
            if (!playing) return undefined;
            return countReady(states) < states.length ? kPollMs : kPollCompleteMs;
        });
    });
}

/**
 * Runs `ask` now and again after the time it returns, until it returns nothing. A failure is tried
 * again: these answers only decorate, so they fail silently. @return stops it
 */
function repeat(ask: (aborted: AbortSignal) => Promise<number | undefined>): () => void {
    const controller = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const round = async () => {
        let wait: number | undefined = kRefineMs;
        try {
            wait = await ask(controller.signal);
        } catch {
            // Asked again below.
        }
        if (wait !== undefined && !controller.signal.aborted) {
            timer = setTimeout(() => void round(), wait);
        }
    };
    void round();
    return () => {
        clearTimeout(timer);
        controller.abort();
    };
}
