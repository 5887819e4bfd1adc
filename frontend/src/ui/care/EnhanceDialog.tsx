import { useSignal } from '@preact/signals';
import { care, type EnhanceRequest, type FileFormat } from '../../api/care';
import type { Selection } from '../../lib/selection';
import { noteEnhancement } from '../../model/care/activity';
import { enhanceRequestOf } from '../../model/care/enhance';
import { presets as knownPresets } from '../../model/library';
import * as settings from '../../model/settings';
import { strings } from '../../strings';
import { Choice } from './Dialog';
import { JobDialog, useWanted, type JobDialogProps } from './JobDialog';

const words = strings.care.enhance;

interface FormatTraits {
    bits?: readonly number[];
    kbps?: readonly number[];
}
/** 0 stands for what the encoder thinks best. */
const kFormats: Record<FileFormat, FormatTraits> = {
    flac: { bits: [16, 24] },
    alac: { bits: [16, 24] },
    wav: { bits: [16, 24, 32] },
    mp3: { kbps: [0, 320, 256, 192, 128] },
    aac: { kbps: [0, 320, 256, 192, 128] },
    opus: { kbps: [0, 256, 192, 160, 128, 96] },
};

export default function EnhanceDialog({ selection, onClose }: JobDialogProps) {
    const { wanted, choice } = useWanted(selection, {
        legend: words.what,
        name: 'enhance-source',
        sources: words.sources,
    });
    const format = useSignal<FileFormat>('flac');
    const bits = useSignal(24);
    const kbps = useSignal(0);
    const preset = useSignal(settings.preset.peek());
    const album = useSignal(selection?.kind === 'album' || !selection);
    const overwrite = useSignal(false);
    const traits = kFormats[format.value];

    const send = async (music: Selection) => {
        const request: EnhanceRequest = {
            ...enhanceRequestOf(music),
            format: format.value,
            album: album.value,
            overwrite: overwrite.value,
            preset: preset.value,
            intensity: settings.intensity.peek(),
        };
        if (traits.bits) request.bits = bits.value;
        if (traits.kbps && kbps.value > 0) request.bitrate = kbps.value;
        noteEnhancement(await care.enhance(request));
    };
    const choose = (next: FileFormat) => {
        format.value = next;
        const known = kFormats[next];
        if (known.bits && !known.bits.includes(bits.value)) bits.value = 24;
        if (known.kbps && !known.kbps.includes(kbps.value)) kbps.value = 0;
    };
    const names = knownPresets.value.map(({ name }) => name);

    return (
        <JobDialog
            words={words}
            selection={selection}
            onClose={onClose}
            wanted={wanted}
            send={send}
        >
            {choice}
            <Choice
                legend={words.format}
                name="enhance-format"
                value={format.value}
                onChange={choose}
                options={(Object.keys(kFormats) as FileFormat[]).map((value) => ({
                    value,
                    ...words.formats[value],
                }))}
            />
            <div class="ask-fields">
                {traits.bits && (
                    <Select
                        label={words.bits}
                        value={String(bits.value)}
                        options={traits.bits.map((each) => [String(each), words.bitsValue(each)])}
                        onChange={(value) => (bits.value = Number(value))}
                    />
                )}
                {traits.kbps && (
                    <Select
                        label={words.bitrate}
                        value={String(kbps.value)}
                        options={traits.kbps.map((each) => [
                            String(each),
                            words.bitrateValue(each),
                        ])}
                        onChange={(value) => (kbps.value = Number(value))}
                    />
                )}
                <Select
                    label={words.sound}
                    value={preset.value}
                    options={(names.length > 0 ? names : [preset.value]).map((name) => [
                        name,
                        words.soundLine(name, settings.intensity.value),
                    ])}
                    onChange={(value) => (preset.value = value)}
                />
            </div>
            <Tick
                label={words.album}
                hint={words.albumHint}
                checked={album.value}
                onChange={(checked) => (album.value = checked)}
            />
            <Tick
                label={words.overwrite}
                hint={words.overwriteHint}
                checked={overwrite.value}
                onChange={(checked) => (overwrite.value = checked)}
            />
        </JobDialog>
    );
}

function Select({
    label,
    value,
    options,
    onChange,
}: {
    label: string;
    value: string;
    options: readonly (readonly [value: string, label: string])[];
    onChange: (value: string) => void;
}) {
    return (
        <label class="ask-field">
            <span>{label}</span>
            <select value={value} onChange={(event) => onChange(event.currentTarget.value)}>
                {options.map(([each, text]) => (
                    <option key={each} value={each}>
                        {text}
                    </option>
                ))}
            </select>
        </label>
    );
}

function Tick({
    label,
    hint,
    checked,
    onChange,
}: {
    label: string;
    hint: string;
    checked: boolean;
    onChange: (checked: boolean) => void;
}) {
    return (
        <label class="ask-tick">
            <input
                type="checkbox"
                checked={checked}
                onChange={(event) => onChange(event.currentTarget.checked)}
            />
            <span>
                {label}
                <small>{hint}</small>
            </span>
        </label>
    );
}
