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

export const HomeIcon = () => (
    <Icon>
        <path d="M4 11.5 12 4.5l8 7M6 10v9.5h4.5v-5h3v5H18V10" {...stroke} />
    </Icon>
);
export const AlbumIcon = () => (
    <Icon>
        <circle cx="12" cy="12" r="8.5" {...stroke} />
        <circle cx="12" cy="12" r="2.2" {...stroke} />
    </Icon>
);
export const ArtistIcon = () => (
    <Icon>
        <circle cx="12" cy="8.2" r="3.7" {...stroke} />
        <path d="M4.8 20c.6-4 3.4-6.2 7.2-6.2s6.6 2.2 7.2 6.2" {...stroke} />
    </Icon>
);
export const GenreIcon = () => (
    <Icon>
        <path d="M4 11.8V5.5A1.5 1.5 0 0 1 5.5 4h6.3l8 8-7.8 7.8z" {...stroke} />
        <circle cx="8.6" cy="8.6" r="1.3" fill="currentColor" />
    </Icon>
);
export const PlaylistIcon = () => (
    <Icon>
        <path d="M4 6h13M4 11h13M4 16h6" {...stroke} />
        <circle cx="14.5" cy="18" r="2" {...stroke} />
        <path d="M16.5 18v-6.5l3.5 1.5" {...stroke} />
    </Icon>
);
export const HistoryIcon = () => (
    <Icon>
        <path d="M4.5 12a7.5 7.5 0 1 0 2.6-5.7L4.5 8.5M4.5 4.5v4h4M12 8v4.3l3 1.8" {...stroke} />
    </Icon>
);
export const StarIcon = () => (
    <Icon>
        <path
            class="star-shape"
            d="m12 3.8 2.5 5.2 5.7.8-4.1 4 1 5.7-5.1-2.7-5.1 2.7 1-5.7-4.1-4 5.7-.8z"
            {...stroke}
        />
    </Icon>
);
export const MoreIcon = () => (
    <Icon>
        <circle cx="5.5" cy="12" r="1.7" fill="currentColor" />
        <circle cx="12" cy="12" r="1.7" fill="currentColor" />
        <circle cx="18.5" cy="12" r="1.7" fill="currentColor" />
    </Icon>
);
export const FilterIcon = () => (
    <Icon>
        <path d="M4 7h16M7 12h10M10 17h4" {...stroke} />
    </Icon>
);
export const AddIcon = () => (
    <Icon>
        <path d="M12 5v14M5 12h14" {...stroke} />
    </Icon>
);
export const RadioIcon = () => (
    <Icon>
        <circle cx="12" cy="12" r="2" fill="currentColor" />
        <path
            d="M8 16a5.6 5.6 0 0 1 0-8M16 8a5.6 5.6 0 0 1 0 8M5.2 18.8a9.6 9.6 0 0 1 0-13.6M18.8 5.2a9.6 9.6 0 0 1 0 13.6"
            {...stroke}
        />
    </Icon>
);
export const ShuffleIcon = () => (
    <Icon>
        <path d="M4 17h2.8c3.8 0 5.6-10 9.4-10H20M17 4l3 3-3 3M4 7h2.8c1.6 0 2.8 1.8 3.9 3.9M13.2 14.5c.9 1.5 1.8 2.5 3 2.5H20M17 14l3 3-3 3" {...stroke} />
    </Icon>
);
export const CareIcon = () => (
    <Icon>
        <path d="M12 20s-7.5-4.6-7.5-10.2A4.3 4.3 0 0 1 12 7a4.3 4.3 0 0 1 7.5 2.8C19.5 15.4 12 20 12 20z" {...stroke} />
    </Icon>
);
export const SettingsIcon = () => (
    <Icon>
        <circle cx="12" cy="12" r="3" {...stroke} />
        <path d="M12 3.5v3M12 17.5v3M3.5 12h3M17.5 12h3M6 6l2.1 2.1M15.9 15.9 18 18M18 6l-2.1 2.1M8.1 15.9 6 18" {...stroke} />
    </Icon>
);
export const WarmIcon = () => (
    <Icon>
        <path d="M12 3.5c.5 3.5 5.5 5.5 5.5 10.5a5.5 5.5 0 0 1-11 0c0-2 1-3.5 2-4.5.3 1.5 1 2.3 2 2.5-.3-3.5.2-6.5 1.5-8.5z" {...stroke} />
    </Icon>
);
export const EnhanceIcon = () => (
    <Icon>
        <path d="M4 15.5c2.5 0 2.5-7 5-7s2.5 7 5 7 2.5-7 5-7M18.5 3.5v4M16.5 5.5h4" {...stroke} />
    </Icon>
);
export const TrashIcon = () => (
    <Icon>
        <path d="M5 7h14M10 4h4M7 7l.8 12.5h8.4L17 7" {...stroke} />
    </Icon>
);
export const EditIcon = () => (
    <Icon>
        <path d="M5 19l1-4L16 5l3 3L9 18z" {...stroke} />
    </Icon>
);
export const DownloadIcon = () => (
    <Icon>
        <path d="M12 4v11M7.5 11l4.5 4.5L16.5 11M5 20h14" {...stroke} />
    </Icon>
);
export const UploadIcon = () => (
    <Icon>
        <path d="M12 16V5M7.5 9 12 4.5 16.5 9M5 20h14" {...stroke} />
    </Icon>
);
export const SmartIcon = () => (
    <Icon>
        <path d="M12 3.5 13.8 9l5.7 1.8-5.7 1.9L12 18.2l-1.8-5.5-5.7-1.9L10.2 9zM18.5 16.5v4M16.5 18.5h4" {...stroke} />
    </Icon>
);
export const BackIcon = () => (
    <Icon>
        <path d="M14.5 5.5 8 12l6.5 6.5" {...stroke} />
    </Icon>
);
export const KeyboardIcon = () => (
    <Icon>
        <rect x="3" y="6.5" width="18" height="11" rx="2.5" {...stroke} />
        <path d="M7 10.2h.01M10.5 10.2h.01M14 10.2h.01M17 10.2h.01M8.5 14h7" {...stroke} />
    </Icon>
);
export const ThemeIcon = () => (
    <Icon>
        <circle cx="12" cy="12" r="8" {...stroke} />
        <path d="M12 4a8 8 0 0 1 0 16z" fill="currentColor" />
    </Icon>
);
export const GripIcon = () => (
    <Icon>
        <path d="M9 6h.01M15 6h.01M9 12h.01M15 12h.01M9 18h.01M15 18h.01" {...stroke} stroke-width="2.6" />
    </Icon>
);

/** Two sounds changing places: the one that ends in the accent, the one that begins in ink. */
export const Mark = () => (
    <svg class="logo" viewBox="0 0 28 20" aria-hidden="true">
        <path class="mark-out" d="M1 1c14 0 12 18 26 18H1z" />
        <path class="mark-in" d="M27 1C13 1 15 19 1 19h26z" />
    </svg>
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
