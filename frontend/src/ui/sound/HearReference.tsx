import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import type { Reference } from '../../api/types';
import * as insight from '../../model/insight';
import { soundOf } from '../../model/references';
import * as settings from '../../model/settings';
import { player } from '../../player';
import { strings } from '../../strings';

const words = strings.sound;

/** A record's first seconds are seldom what it sounds like. */
const kBeginAt = 0.3;

/** The reference in place of what plays, at its loudness; then back to where the music was. */
export default function HearReference({ reference }: { reference: Reference }) {
    const sounding = useSignal(false);
    const missing = useSignal(false);
    const audio = useRef<HTMLAudioElement | undefined>(undefined);
    const goesOn = useRef(false);

    const back = () => {
        const element = audio.current;
        audio.current = undefined;
        if (!element) return;
        element.pause();
        if (element.src.startsWith('blob:')) URL.revokeObjectURL(element.src);
        element.removeAttribute('src');
        sounding.value = false;
        if (goesOn.current) player.play();
    };
    const hear = async () => {
        const source = await soundOf(reference).catch(() => undefined);
        if (!source) {
            missing.value = true;
            return;
        }
        const element = new Audio(source);
        audio.current = element;
        // What plays now is as loud as its plan says; the louder of the two is turned down.
        const plan = insight.plan.peek();
        const now = settings.enhanced.peek() ? plan?.predictedLufs : plan?.sourceLufs;
        const gain = 10 ** (((now ?? reference.integratedLufs) - reference.integratedLufs) / 20);
        const volume = settings.muted.peek() ? 0 : settings.volume.peek() ** 2;
        element.volume = Math.min(1, volume * gain);
        element.addEventListener('loadedmetadata', () => {
            element.currentTime = element.duration * kBeginAt;
        });
        element.addEventListener('ended', back);
        element.addEventListener('error', () => {
            if (audio.current !== element) return;
            missing.value = true;
            back();
        });
        goesOn.current = player.playing.peek();
        player.pause();
        sounding.value = true;
        await element.play().catch(back);
    };

    // Whoever presses play, or leaves the panel, is done with it.
    const playing = player.playing.value;
    useEffect(() => {
        if (!playing || !audio.current) return;
        goesOn.current = false;
        back();
    }, [playing]);
    useEffect(() => back, [reference.id]);

    return (
        <button
            type="button"
            class={`plain${sounding.value ? ' is-on' : ''}`}
            title={missing.value ? words.notToBeHeard : words.hearTitle}
            disabled={missing.value}
            aria-pressed={sounding.value}
            onClick={() => (sounding.value ? back() : void hear())}
        >
            {sounding.value ? words.hearing : words.hear}
        </button>
    );
}
