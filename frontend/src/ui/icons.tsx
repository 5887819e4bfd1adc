import type { ComponentChildren } from 'preact';

function Icon({ children }: { children: ComponentChildren }) {
    return (
        <svg class="icon" viewBox="0 0 24 24" aria-hidden="true">
            {children}
        </svg>
    );
}

const stroke = {
    fill: 'none',
    stroke: 'currentColor',
    'stroke-width': '2',
    'stroke-linecap': 'round',
    'stroke-linejoin': 'round',
} as const;

export const PlayIcon = () => (
    <Icon>
        <path
            d="M8 5.3v13.4a1 1 0 0 0 1.5.9l11-6.7a1 1 0 0 0 0-1.8l-11-6.7A1 1 0 0 0 8 5.3z"
            fill="currentColor"
        />
    </Icon>
);
export const PauseIcon = () => (
    <Icon>
        <rect x="6" y="4.5" width="4.2" height="15" rx="1.4" fill="currentColor" />
        <rect x="13.8" y="4.5" width="4.2" height="15" rx="1.4" fill="currentColor" />
    </Icon>
);
export const PreviousIcon = () => (
    <Icon>
        <path
            d="M19 6.2v11.6a.9.9 0 0 1-1.4.8l-8.8-5.8a1 1 0 0 1 0-1.6l8.8-5.8a.9.9 0 0 1 1.4.8z"
            fill="currentColor"
        />
        <rect x="4.6" y="5" width="2.4" height="14" rx="1.2" fill="currentColor" />
    </Icon>
);
export const NextIcon = () => (
    <Icon>
        <path
            d="M5 6.2v11.6a.9.9 0 0 0 1.4.8l8.8-5.8a1 1 0 0 0 0-1.6L6.4 5.400A.9.9 0 0 0 5 6.200z"
            fill="currentColor"
        />
        <rect x="17" y="5" width="2.4" height="14" rx="1.2" fill="currentColor" />
    </Icon>
);
export const SearchIcon = () => (
    <Icon>
        <circle cx="11" cy="11" r="6.5" {...stroke} />
        <path d="m16 16 4.5 4.5" {...stroke} />
    </Icon>
);
export const VolumeIcon = ({ level }: { level: number }) => (
    <Icon>
        <path d="M4 9.500v5h3.500L12 18.500v-13L7.5 9.500z" {...stroke} fill="currentColor" />
        {level > 0 && <path d="M15.5 9.200a4 4 0 0 1 0 5.6" {...stroke} />}
        {level > 0.5 && <path d="M18 6.800a7.4 7.4 0 0 1 0 10.4" {...stroke} />}
        {level === 0 && <path d="m16 9.7 4.6 4.600m0-4.600L16 14.3" {...stroke} />}
    </Icon>
);
export const SoundIcon = () => (
    <Icon>
        <path d="M5 4v7m0 4v5M12 4v3m0 4v9M19 4v9m0 4v3" {...stroke} />
        <path d="M2.8 13h4.400M9.8 9h4.400M16.8 15h4.4" {...stroke} />
    </Icon>
);
export const CloseIcon = () => (
    <Icon>
        <path d="m6 6 12 12M18 6 6 18" {...stroke} />
    </Icon>
);
export const ChevronDownIcon = () => (
    <Icon>
        <path d="m5 9 7 7 7-7" {...stroke} />
    </Icon>
);

export const TracksIcon = () => (
    <Icon>
        <path d="M9 18V5.500l10-2V16" {...stroke} />
        <circle cx="6.500" cy="18" r="2.5" {...stroke} />
        <circle cx="16.500" cy="16" r="2.5" {...stroke} />
    </Icon>
);
export const QueueIcon = () => (
    <Icon>
        <path d="M4 6h16M4 11.500h9M4 17h9" {...stroke} />
        <path d="M16.500 12.600v6.800l5-3.400z" {...stroke} fill="currentColor" />
    </Icon>
);

/** Two sounds changing places: the one that ends in the accent, the one that begins in ink. */
export const Mark = () => (
    <svg class="mark" viewBox="0 0 28 20" aria-hidden="true">
        <path class="mark-out" d="M1 1c14 0 12 18 26 18H1z" />
        <path class="mark-in" d="M27 1C13 1 15 19 1 19h26z" />
    </svg>
);

export const ShuffleIcon = () => (
    <Icon>
        <path d="M3.5 7h3.200c1.300 0 2.400.6 3.200 1.600l4.700 6.800c.8 1 1.900 1.600 3.200 1.600h2.700" {...stroke} />
        <path d="M3.500 17h3.200c1.300 0 2.400-.6 3.200-1.600M14 9.400c.8-1.400 2-2.400 3.800-2.400h2.700" {...stroke} />
        <path d="m18 4.400 2.600 2.600L18 9.600M18 14.400l2.600 2.600-2.600 2.600" {...stroke} />
    </Icon>
);
export const RepeatIcon = ({ one }: { one: boolean }) => (
    <Icon>
        <path d="M4.500 11V9.800A3.300 3.300 0 0 1 7.800 6.500h11.400M19.500 13v1.200a3.300 3.300 0 0 1-3.300 3.300H4.800" {...stroke} />
        <path d="m16.700 3.800 2.700 2.700-2.700 2.700M7.300 14.800l-2.700 2.700 2.700 2.700" {...stroke} />
        {one && <path d="m10.800 10.700 1.500-1v4.900" {...stroke} />}
    </Icon>
);
export const ClockIcon = () => (
    <Icon>
        <circle cx="12" cy="12" r="8.200" {...stroke} />
        <path d="M12 7.300V12l3.200 2" {...stroke} />
    </Icon>
);
