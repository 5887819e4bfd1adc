import type { Signal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { useId } from 'preact/hooks';
import { health, presets } from '../../model/library';
import * as settings from '../../model/settings';
import { capital, roughly } from '../../lib/care';
import { theme, type Theme } from '../../model/theme';
import { strings } from '../../strings';
import { Choice } from '../care/Dialog';
import { showHelp } from '../HelpSheet';
import '../../styles/care.css';
import '../../styles/settings.css';

const words = strings.settings;
const kThemes: readonly Theme[] = ['system', 'light', 'dark'];

/** What a listener chooses once. All of it is kept in this browser, and holds at once. */
export default function SettingsPage() {
    return (
        <div class="settings">
            <h2 class="care-title">{words.title}</h2>
            <Playback />
            <Sound />
            <Appearance />
            <About />
        </div>
    );
}

function Section({ title, children }: { title: string; children: ComponentChildren }) {
    const id = useId();
    return (
        <section class="care-card" aria-labelledby={id}>
            <h3 class="settings-head" id={id}>
                {title}
            </h3>
            {children}
        </section>
    );
}

interface RowProps {
    label: string;
    hint?: string | undefined;
    /** Of the control that the label is for. */
    htmlFor?: string;
    children?: ComponentChildren;
}

function Row({ label, hint, htmlFor, children }: RowProps) {
    return (
        <div class="setting">
            <div class="setting-words">
                {htmlFor ? (
                    <label htmlFor={htmlFor}>{label}</label>
                ) : (
                    <span class="setting-name">{label}</span>
                )}
                {hint && <small id={htmlFor && `${htmlFor}-hint`}>{hint}</small>}
            </div>
            {children && <div class="setting-control">{children}</div>}
        </div>
    );
}

interface RangeProps {
    label: string;
    hint?: string;
    range: { least: number; most: number };
    step: number;
    value: number;
    text: string;
    onChange: (value: number) => void;
    children?: ComponentChildren;
}

function Range({ label, hint, range, step, value, text, onChange, children }: RangeProps) {
    const id = useId();
    const fill = (100 * (value - range.least)) / (range.most - range.least);
    return (
        <Row label={label} hint={hint} htmlFor={id}>
            <input
                id={id}
                type="range"
                class="slider"
                min={range.least}
                max={range.most}
                step={step}
                value={value}
                aria-valuetext={text}
                aria-describedby={hint ? `${id}-hint` : undefined}
                style={{ '--fill': `${fill}%` }}
                onInput={(event) => onChange(Number(event.currentTarget.value))}
            />
            <output htmlFor={id}>{text}</output>
            {children}
        </Row>
    );
}

function Switch({ label, hint, value }: { label: string; hint: string; value: Signal<boolean> }) {
    const id = useId();
    return (
        <Row label={label} hint={hint} htmlFor={id}>
            <input
                id={id}
                type="checkbox"
                role="switch"
                class="on-off"
                checked={value.value}
                aria-describedby={`${id}-hint`}
                onChange={(event) => (value.value = event.currentTarget.checked)}
            />
        </Row>
    );
}

function Playback() {
    const { crossfadeSeconds, speed } = settings;
    return (
        <Section title={words.playback}>
            <Row label={words.gapless} hint={words.gaplessText} />
            <Range
                label={words.crossfade}
                hint={words.crossfadeText}
                range={settings.kCrossfadeSeconds}
                step={1}
                value={crossfadeSeconds.value}
                text={
                    crossfadeSeconds.value === 0 ? words.off : words.seconds(crossfadeSeconds.value)
                }
                onChange={(value) => (crossfadeSeconds.value = value)}
            />
            <Range
                label={words.speed}
                hint={words.speedText}
                range={settings.kSpeed}
                step={0.05}
                value={speed.value}
                text={words.speedValue(speed.value)}
                onChange={(value) => (speed.value = value)}
            />
            <Switch label={words.prefetch} hint={words.prefetchText} value={settings.prefetch} />
        </Section>
    );
}

function Sound() {
    const id = useId();
    const { preset, intensity, targetLufs, ceilingDbtp } = settings;
    const names = presets.value.map(({ name }) => name);
    return (
        <Section title={words.sound}>
            <p class="care-line">{words.soundText}</p>
            <Row label={words.preset} htmlFor={id}>
                <span class="ask-field">
                    <select
                        id={id}
                        value={preset.value}
                        onChange={(event) => (preset.value = event.currentTarget.value)}
                    >
                        {(names.includes(preset.value) ? names : [preset.value, ...names]).map(
                            (name) => (
                                <option key={name} value={name}>
                                    {capital(name)}
                                </option>
                            ),
                        )}
                    </select>
                </span>
            </Row>
            <Range
                label={words.intensity}
                range={{ least: 0, most: 100 }}
                step={1}
                value={Math.round(100 * intensity.value)}
                text={`${Math.round(100 * intensity.value)}%`}
                onChange={(value) => (intensity.value = value / 100)}
            />
            <Optional
                label={words.target}
                hint={words.targetText}
                range={settings.kTargetLufs}
                step={0.5}
                usual={-14}
                value={targetLufs}
                textOf={words.lufs}
            />
            <Optional
                label={words.ceiling}
                hint={words.ceilingText}
                range={settings.kCeilingDbtp}
                step={0.1}
                usual={-1}
                value={ceilingDbtp}
                textOf={words.dbtp}
            />
        </Section>
    );
}

/** A number that is the preset's until it is chosen. */
function Optional({
    label,
    hint,
    range,
    step,
    usual,
    value,
    textOf,
}: {
    label: string;
    hint: string;
    range: { least: number; most: number };
    step: number;
    /** Where the choice begins. */
    usual: number;
    value: Signal<number | null>;
    textOf: (value: number) => string;
}) {
    const own = value.value !== null;
    return (
        <Range
            label={label}
            hint={hint}
            range={range}
            step={step}
            value={value.value ?? usual}
            text={own ? textOf(value.value ?? usual) : words.asPreset}
            onChange={(next) => (value.value = next)}
        >
            {own && (
                <button
                    type="button"
                    class="care-small"
                    aria-label={`${label}: ${words.asPreset}`}
                    onClick={() => (value.value = null)}
                >
                    {words.asPreset}
                </button>
            )}
        </Range>
    );
}

function Appearance() {
    return (
        <Section title={words.appearance}>
            <Choice
                legend={words.theme}
                name="theme"
                value={theme.value}
                onChange={(value) => (theme.value = value)}
                options={kThemes.map((value) => ({ value, label: words.themes[value] }))}
            />
            <Row label={words.keys} hint={words.keysText}>
                <button type="button" class="plain" onClick={showHelp}>
                    {words.showKeys}
                </button>
            </Row>
        </Section>
    );
}

function About() {
    const now = health.value;
    return (
        <Section title={words.about}>
            <Row label={words.version}>
                <span class="setting-text">{now?.version ?? '–'}</span>
            </Row>
            <Row label={words.uptime}>
                <span class="setting-text">{now ? roughly(now.uptimeSeconds) : '–'}</span>
            </Row>
            <Row label={words.care} hint={words.careText}>
                <a class="plain" href="/care">
                    {words.open}
                </a>
            </Row>
            <Row label={words.api} hint={words.apiText}>
                <a class="plain" href="/api/openapi.json" target="_blank" rel="noreferrer">
                    {words.open}
                </a>
            </Row>
            <Row label={words.metrics}>
                <a class="plain" href="/metrics" target="_blank" rel="noreferrer">
                    {words.open}
                </a>
            </Row>
            <Row label={words.licence} hint={words.licenceText} />
        </Section>
    );
}
