/**
 * Every English word that the page shows or speaks, by area. A text with a value in it is a
 * function. Whoever translates Segue translates this file.
 */
import { capital, formatBytes, roughly } from './lib/care';
import { formatCount, formatLevel, plural } from './lib/format';

const kThemes = { system: 'as the system', light: 'light', dark: 'dark' } as const;

const shell = {
    name: 'segue',
    homeOf: 'Segue, start page',
    skip: 'Skip to the page',
    navigation: 'Library',
    more: 'More',
    home: 'Home',
    albums: 'Albums',
    artists: 'Artists',
    tracks: 'Tracks',
    genres: 'Genres',
    playlists: 'Playlists',
    favourites: 'Favourites',
    history: 'History',
    queue: 'Queue',
    sound: 'Sound',
    care: 'Library care',
    settings: 'Settings',
    search: 'Search',
    searchLabel: 'Search titles, artists and albums',
    clearSearch: 'Clear the search',
    panel: 'Sound and queue',
    back: 'Back',
    close: 'Close',
    cancel: 'Cancel',
    loading: 'Loading',
    notFoundTitle: 'Nothing is here',
    notFoundText: 'This address leads to no page of Segue.',
    goHome: 'To the start page',
    pageBroken: 'This page could not be loaded',
    tryAgain: 'Try again',
    notAnswering: 'Segue is not answering',
    notAnsweringText: 'The server may be starting or stopped. This page keeps trying.',
    readingMusic: 'Reading music',
    readingTitle: 'Reading your music',
    readingText: 'Tracks appear here as they are found.',
    filesOf: (read: number, all: number) =>
        `${formatCount(read)} of ${plural(all, 'file')}`,
    noMusic: 'No music yet',
    noMusicText:
        'Point Segue at a folder, and everything in it plays here, mastered as you listen.',
    copy: 'Copy',
    copied: 'Copied',
    toBeMeasured: (count: number) => `${plural(count, 'track')} still to be measured`,
    trackCount: (count: number) => plural(count, 'track'),
    themes: kThemes,
    themeIs: (theme: keyof typeof kThemes) => `Colours: ${kThemes[theme]}`,
    keys: {
        title: 'Keyboard shortcuts',
        groups: { play: 'Playing', sound: 'Sound and queue', go: 'Go to', page: 'Page' },
        inLists: 'In lists',
        space: 'Space',
        then: 'then',
        playPause: 'Play or pause',
        back: 'Back 5 seconds',
        forward: 'Forward 5 seconds',
        previous: 'Previous track',
        next: 'Next track',
        louder: 'Louder',
        quieter: 'Quieter',
        mute: 'Mute',
        shuffle: 'Shuffle',
        repeat: 'Repeat',
        star: 'Star what plays',
        original: 'Original or enhanced',
        panel: 'Sound or queue',
        search: 'Search',
        theme: 'Light, dark or as the system',
        help: 'This list',
        list: [
            ['ArrowUp', 'The row above'],
            ['ArrowDown', 'The row below'],
            ['Enter', 'Play the row'],
            ['x', 'Pick the row'],
            ['Shift+ArrowDown', 'Pick more rows'],
            ['Ctrl+A', 'Pick all'],
            ['1', 'Rate, 0 to 5'],
            ['Alt+ArrowDown', 'Move the row (queue, playlist)'],
            ['Delete', 'Take the row out (queue, playlist)'],
            ['Escape', 'Pick nothing'],
        ] as readonly (readonly [string, string])[],
    },
} as const;

const library = {
    play: 'Play',
    shuffle: 'Shuffle',
    playNow: 'Play now',
    playNext: 'Play next',
    addToQueue: 'Add to the queue',
    addToPlaylist: 'Add to a playlist…',
    prewarm: 'Render ahead…',
    enhance: 'Enhance to files…',
    radio: 'Radio from this',
    similar: 'What sounds like it',
    star: 'Star',
    unstar: 'Take the star away',
    starOf: (title: string) => `Star ${title}`,
    rate: 'Rate…',
    rated: (rating: number) => `Rated ${rating} of 5`,
    noRating: 'No rating',
    goToAlbum: 'Go to the album',
    goToArtist: 'Go to the artist',
    pick: 'Pick',
    picked: (number: number) => `${plural(number, 'track')} picked`,
    pickedLabel: 'What to do with the picked tracks',
    pickNone: 'Pick nothing',
    menuFor: (what: string) => `More for ${what}`,
    by: 'by',
    pauseTrack: (title: string) => `Pause ${title}`,
    playAlbum: (title: string) => `Play the album ${title}`,
    albumBy: (title: string, artist: string) => (artist ? `${title} by ${artist}` : title),
    unknownArtist: 'Unknown artist',
    fileMissing: 'file missing',
    plays: (number: number) => plural(number, 'play'),
    starred: (number: number) => `${plural(number, 'track')} starred`,
    nothingToPlay: 'There is nothing to play in it.',
    playsNext: (number: number) => `${plural(number, 'track')} will play next`,
    queued: (number: number) => `${plural(number, 'track')} added to the queue`,
    notMeasuredYet: 'This track has not been measured yet. Segue is working through the library.',
    radioOf: (title: string) => `Radio from ${title || 'this track'}`,
    playAll: 'Play all',
    shuffleAll: 'Shuffle all',
    nothingHere: 'Nothing here',

    goodNight: 'Good night',
    goodMorning: 'Good morning',
    goodAfternoon: 'Good afternoon',
    goodEvening: 'Good evening',
    surprise: 'Surprise me',
    goOn: 'Go on listening',
    goOnWith: (what: string) => `Go on with ${what}`,
    recentlyAdded: 'Recently added',
    mostPlayed: 'Most played',
    somethingElse: 'Something else',

    album: 'Album',
    compilation: 'Compilation',
    artist: 'Artist',
    genre: 'Genre',
    playlist: 'Playlist',
    smart: 'Smart playlist',
    disc: (number: number) => (number > 0 ? `Disc ${number}` : 'Without a disc'),
    moreBy: (artist: string) => `More by ${artist}`,
    albumsAndTracks: (albums: number, tracks: number) =>
        albums > 0
            ? `${plural(albums, 'album')} · ${plural(tracks, 'track')}`
            : plural(tracks, 'track'),
    noAlbum: 'There is no such album',
    noArtist: 'There is no such artist',
    noTrack: 'There is no such track',
    noPlaylist: 'There is no such playlist',
    noGenre: (name: string) => `Nothing is tagged “${name}”`,
    noGenres: 'No track names a genre',

    filter: 'Filter',
    sortBy: 'Sort by',
    direction: (descending: boolean) =>
        descending ? 'Most or last first; turn round' : 'Least or first first; turn round',
    sorts: {
        library: 'Artist and album',
        name: 'Name',
        title: 'Title',
        artist: 'Artist',
        album: 'Album',
        albums: 'Albums',
        genre: 'Genre',
        year: 'Year',
        added: 'Date added',
        tracks: 'Tracks',
        duration: 'Length',
        plays: 'Plays',
        lastPlayed: 'Last played',
        bpm: 'Tempo',
        codec: 'Format',
        sampleRate: 'Sample rate',
        random: 'By chance',
    },
    which: 'Which',
    allAlbums: 'All albums',
    byOneArtist: 'By one artist',
    compilations: 'Compilations',
    allGenres: 'All genres',
    whichPlayed: [
        ['any', 'Played or not'],
        ['never', 'Never played'],
        ['ever', 'Played before'],
    ],
    stars: 'Stars',
    whichStarred: [
        ['false', 'Starred or not'],
        ['true', 'Starred'],
    ],
    rating: 'Rating',
    whichRated: [
        ['', 'Any rating'],
        ['1', 'Rated'],
        ['2', 'Rated 2 and up'],
        ['3', 'Rated 3 and up'],
        ['4', 'Rated 4 and up'],
        ['5', 'Rated 5'],
    ],
    yearFrom: 'From year',
    yearTo: 'To year',
    format: 'Format',
    codecs: [
        ['', 'All formats'],
        ['flac', 'FLAC'],
        ['mp3', 'MP3'],
        ['vorbis', 'Ogg Vorbis'],
        ['opus', 'Opus'],
        ['aac', 'AAC'],
        ['alac', 'ALAC'],
        ['wav', 'WAV'],
    ],
    nothingMatches: 'No track is like that',
    showAll: 'Show all tracks',
    role: 'As what',
    roles: {
        albumArtist: 'Album artists',
        artist: 'All artists',
        composer: 'Composers',
        conductor: 'Conductors',
        performer: 'Performers',
        producer: 'Producers',
        remixer: 'Remixers',
        lyricist: 'Lyricists',
    },

    searchHint: 'Titles, artists and albums; a few letters will do.',
    nothingFound: 'Nothing found',
    noMatch: (words: string) => `No title, artist or album matches “${words}”.`,
    found: (artists: number, albums: number, tracks: number) =>
        `${plural(artists, 'artist')}, ${plural(albums, 'album')}, ${plural(tracks, 'track')} found`,

    noFavourites: 'No favourites yet',
    noFavouritesText: 'What you star comes here. F stars what plays.',
    nothingPlayed: 'Nothing played yet',
    nothingPlayedText: 'What you listen to is remembered here.',
    todayAt: (time: string) => `Today, ${time}`,
    soundsLike: (title: string) => `Sounds like ${title}`,

    nothingToCome: 'Nothing comes after this',
    toCome: (number: number, time: string) =>
        `${plural(number, 'track')} to come${time ? `, ${time}` : ''}`,
    saveQueue: 'Keep the queue as a playlist',
    clearQueue: 'Clear the queue',
    playFromQueue: (title: string, place: number) => `Play ${title}, number ${place} in the queue`,
    takeOutOfQueue: 'Take out of the queue',
    removeFromQueue: (title: string) => `Take ${title} out of the queue`,

    newPlaylist: 'New playlist',
    newSmart: 'New smart playlist',
    importFile: 'Import a file',
    noPlaylists: 'No playlists yet',
    noPlaylistsText: 'Make one here, or from the menu of any track, album or artist.',
    emptyPlaylist: 'This playlist is empty',
    emptyPlaylistText: 'Tracks come in by the menu that every track and album has.',
    emptySmartText: 'No track is as its rules ask.',
    name: 'Name',
    keep: 'Save',
    create: 'Create',
    addTo: (what: string) => `Add ${what} to`,
    addedTo: (number: number, playlist: string) =>
        `${plural(number, 'track')} added to ${playlist}`,
    rename: 'Rename',
    export: 'Export as M3U8',
    delete: 'Delete',
    deleteTitle: (name: string) => `Delete ${name}?`,
    deleteText: 'The playlist goes; the music stays.',
    deleted: (name: string) => `${name} is deleted`,
    takeOut: 'Take out of the playlist',
    editRules: 'Edit the rules',
    imported: (matched: number, unmatched: number) =>
        unmatched > 0
            ? `${plural(matched, 'track')} recognised, ${formatCount(unmatched)} not`
            : `${plural(matched, 'track')} recognised`,

    rules: {
        edit: 'Rules of the playlist',
        create: 'New smart playlist',
        tracksThat: 'Tracks of which',
        all: 'all of these hold',
        any: 'any of these holds',
        add: 'Add a condition',
        remove: 'Take the condition away',
        others: (number: number) =>
            `and ${plural(number, 'condition')} of a kind that is not shown here`,
        field: 'Of what',
        operator: 'How compared',
        value: 'With what',
        least: 'At least',
        most: 'At most',
        days: 'days',
        yes: 'yes',
        no: 'no',
        orderBy: 'In order of',
        libraryOrder: 'artist and album',
        random: 'chance, another each day',
        descending: 'most or last first',
        limit: 'No more than',
        unit: 'Unit',
        tracks: 'tracks',
        minutes: 'minutes',
        fields: {
            title: 'title',
            artist: 'artist',
            album: 'album',
            albumArtist: 'album artist',
            composer: 'composer',
            genre: 'genre',
            comment: 'comment',
            codec: 'format',
            path: 'file path',
            year: 'year',
            durationSeconds: 'length in seconds',
            bpm: 'tempo',
            rating: 'rating',
            playCount: 'plays',
            integratedLufs: 'loudness, LUFS',
            loudnessRangeLu: 'loudness range, LU',
            sampleRateHz: 'sample rate, Hz',
            bitRateKbps: 'bit rate, kbit/s',
            starred: 'starred',
            compilation: 'on a compilation',
            added: 'date added',
            lastPlayed: 'last played',
            starredAt: 'date of the star',
        },
        operators: {
            contains: 'contains',
            is: 'is',
            isNot: 'is not',
            startsWith: 'starts with',
            gt: 'is more than',
            lt: 'is less than',
            inRange: 'is between',
            inTheLast: 'is in the last',
            notInTheLast: 'is not in the last',
            before: 'is before',
            after: 'is after',
        },
    },
} as const;

const player = {
    queueEmpty: 'Nothing is in the queue. What you play comes here with what follows it.',
    label: 'Player',
    play: 'Play',
    playKey: 'Play (Space)',
    pause: 'Pause',
    pauseKey: 'Pause (Space)',
    previous: 'Previous track',
    previousKey: 'Previous (Shift ←)',
    next: 'Next track',
    nextKey: 'Next (Shift →)',
    shuffle: 'Shuffle',
    repeat: { off: 'Repeat: off', all: 'Repeat: all', one: 'Repeat: this track' },
    mute: 'Mute',
    muteKey: 'Mute (M)',
    volume: 'Volume',
    percent: (value: number) => `${value} percent`,
    nothing: 'Nothing playing',
    nothingHint: 'Pick a track',
    nothingHintKey: ', or press Space',
    unknownArtist: 'Unknown artist',
    open: 'Open the player',
    openWith: (title: string) => `Open the player: ${title}`,
    soundSettings: 'Sound settings',
    position: 'Position',
    placeOf: (place: string, length: string) => `${place} of ${length}`,
    rendered: (ready: number, count: number) => `${ready} of ${count} parts rendered`,
    notRendered: 'Nothing rendered',
    options: 'Speed, timer and crossfade',
    speed: 'Speed',
    speedOf: (speed: number) => `${speed}×`,
    sleep: 'Sleep timer',
    sleepOff: 'Off',
    sleepIn: (minutes: number) => (minutes === 60 ? '1 hour' : `${minutes} minutes`),
    sleepTrack: 'End of the track',
    sleepLeft: (minutes: number) => `${minutes} min`,
    crossfade: 'Crossfade',
    crossfadeOff: 'Off: gapless',
    crossfadeOf: (seconds: number) => `${seconds} seconds`,
    crossfadeHint: 'Tracks that follow each other on an album always join as they were made.',
    sheet: 'Player and sound',
    close: 'Close',
    pressPlay: 'Press play to start the music.',
    busy: 'Segue is busy; the music goes on in a moment.',
    lost: 'Connection lost. Trying again…',
    noSound: 'there is no sound in it',
    notAnswering: 'Segue is not answering.',
} as const;

const sound = {
    original: 'Original',
    enhanced: 'Enhanced',
    enhancedSound: 'Enhanced sound',
    switchTitle: 'Original or enhanced (E)',
    switchHint: 'compares in place, at the same loudness',
    preset: 'Preset',
    editPreset: (name: string) => `Edit ${name}`,
    copyPreset: (name: string) => `Make it yours: ${name}`,
    edit: 'Edit',
    copy: 'Make it yours',
    intensity: 'Intensity',
    off: 'off',
    percent: (value: number) => `${value} %`,
    target: 'Target',
    ceiling: 'Ceiling',
    levels: (target: string, ceiling: string) => `${target} LUFS, ${ceiling} dBTP`,
    loudness: 'Loudness',
    lufs: 'LUFS',
    dbtp: 'dBTP',
    spokenLufs: (value: string) => `${value} LUFS`,
    spokenDbtp: (value: string) => `${value} dBTP`,
    asPreset: 'As the preset says',

    larger: 'Larger pictures',
    metersLabel: (words: string) => `Live meters. ${words}`,
    metersTitle: 'What sounds now: loudness, peaks, and what limiter and bands take away',
    metersQuiet: 'They move while music plays.',
    metersWords: (shortTerm: string, peak: string) =>
        `Short-term ${shortTerm} LUFS, true peak ${peak} dBTP`,
    momentary: 'Momentary',
    shortTerm: 'Short-term',
    truePeak: 'True peak',
    limiter: 'Limiter',
    bands: 'Bands',

    timeline: 'Before and after',
    before: 'As it is',
    after: 'Mastered',
    asked: 'Target, ceiling',
    measuring: 'being measured',
    timelineSummary: (before: string, after: string, target: string, ceiling: string) =>
        `Waveform and loudness over time. As it is: ${before}. Mastered: ${after}. ` +
        `Target ${target} LUFS, ceiling ${ceiling} dBTP.`,
    measures: (lufs: string, dbtp: string) => `${lufs} LUFS, peaks ${dbtp} dBTP`,
    lookAlong: 'Look along the track, Enter plays from there',
    atTime: (time: string, before: string, after: string) => `${time} · ${before} → ${after} LUFS`,
    spokenAt: (time: string, before: string, after: string, limiter: string) =>
        `${time}: ${before} LUFS as it is, ${after} mastered, limiter ${limiter} dB`,
    dynamics: 'Dynamics',
    noCurve: 'The loudness curve follows with the full analysis.',

    spectrum: 'Spectrum',
    spectrumHint: 'at equal loudness',
    mid: 'Mid',
    side: 'Side',
    midOrSide: 'Middle or sides of the picture',
    reference: 'Reference',
    toneMove: 'tone',
    spectrumSummary: (which: string, moves: string) =>
        `Third-octave spectrum of the ${which}, before and after, at equal loudness. ${moves}`,
    moves: (list: string) => (list ? `Tone: ${list}.` : 'The tone stays as it is.'),
    moveAt: (change: string, hertz: string) => `${change} dB at ${hertz}`,
    lookAcross: 'Look across the spectrum',
    /** Two digits name a third octave. */
    hertz: (hz: number) =>
        hz >= 995 ? `${Number((hz / 1000).toPrecision(2))} kHz` : `${Number(hz.toPrecision(2))} Hz`,
    atBand: (hertz: string, before: string, after: string) => `${hertz} · ${before} → ${after} dB`,
    spokenBand: (hertz: string, before: string, after: string, change: string) =>
        `${hertz}: ${before} dB before, ${after} dB after, tone ${change} dB`,

    plan: 'What is done, and why',
    firstImpression: 'first impression',
    firstImpressionTitle:
        'From a quick look at the track; the next playback goes by the full analysis',
    topics: { tone: 'Tone', dynamics: 'Dynamics', width: 'Width', loudness: 'Loudness' },
    heldBack: 'held back',
    listening: 'Listening to the track…',
    nothingPlays: 'Play something, and Segue shows here what it hears and what it does.',

    presetName: 'Name',
    presetNameHint: 'a-z, 0-9 and -, beginning with a letter',
    intent: 'What it is for',
    tone: 'Tone',
    toneAt: (hertz: string) => `Tone at ${hertz}`,
    correction: 'Correction',
    ratio: 'Ratio',
    attack: 'Attack',
    release: 'Release',
    width: 'Width',
    harmonics: 'Harmonics',
    auto: 'auto',
    fromContent: 'From the content',
    ms: (value: number) => `${value} ms`,
    toOne: (value: number) => `${value.toFixed(2)}:1`,
    times: (value: number) => `× ${value.toFixed(2)}`,
    save: 'Save',
    saving: 'Saving…',
    cancel: 'Cancel',
    remove: 'Delete',
    removePreset: (name: string) => `Delete the preset ${name}`,
    removeSure: 'Delete for good?',

    noReference: 'none',
    chooseReference: 'Choose',
    changeReference: 'Change',
    blend: 'Blend',
    noReferenceAnyMore: 'Go without a reference',
    hear: 'Hear it',
    hearing: 'Back',
    hearTitle: 'Hear the reference, at the loudness of what plays, and come back',
    notToBeHeard: 'The sound of this reference is not kept here.',
    searchReference: 'Search the library for a reference',
    searchPlaceholder: 'Search the library',
    chosenTracks: 'Chosen',
    unchoose: (title: string) => `Leave out ${title}`,
    choose: (title: string, artist: string) => `${title} by ${artist}`,
    useAs: 'Use as reference',
    makingReference: 'Listening to it…',
    sendFile: 'Use a file…',
    sendingFile: 'Sending…',
    keptReferences: 'Kept',
    noneFound: 'Nothing found.',
    removeReference: (name: string) => `Delete the reference ${name}`,
    andMore: (title: string, more: number) => `${title} and ${more} more`,
} as const;

const somethingElse = { label: 'Something else', hint: 'An album, an artist or a playlist' };

const care = {
    title: 'Library care',
    close: 'Close',
    cancel: 'Cancel',
    notNow: 'Not now',
    working: (count: number) => `${plural(count, 'task')} running: open library care`,
    end: (title: string) => `Cancel: ${title}`,
    waits: 'Waits its turn',
    left: (time: string) => `${time} left`,
    failed: (what: string) => `That did not work: ${what}`,

    scanning: 'Looking for music',
    filesRead: (read: number, all: number) => `${formatCount(read)} of ${plural(all, 'file')} read`,
    filesSeen: (seen: number) => `${plural(seen, 'file')} seen`,
    measuring: 'Measuring tracks',
    ofTracks: (done: number, all: number) => `${formatCount(done)} of ${plural(all, 'track')}`,
    measuringFirst: 'Measuring tracks first',
    piecesRendered: (pieces: number, bytes: number) =>
        `${plural(pieces, 'piece')} rendered, ${formatBytes(bytes)}`,
    prewarmTitle: (request: { select: string; name?: string }) => {
        if (request.name) return `Rendering ahead: ${request.name}`;
        if (request.select === 'recent') return 'Rendering ahead: recently added';
        if (request.select === 'most-played') return 'Rendering ahead: most played';
        if (request.select === 'all') return 'Rendering ahead: the whole library';
        return 'Rendering ahead: some tracks';
    },

    enhanceTitle: (request: { name?: string; select?: string }) => {
        if (request.name) return `Enhancing: ${request.name}`;
        return request.select === 'all' ? 'Enhancing: the whole library' : 'Enhancing to files';
    },

    now: {
        title: 'At work',
        quiet: 'Nothing is running. Everything that was asked for is done.',
        quietTitle: 'All quiet',
    },

    library: {
        title: 'Music',
        tracks: (count: number) => (count === 1 ? 'track' : 'tracks'),
        albums: (count: number) => (count === 1 ? 'album' : 'albums'),
        artists: (count: number) => (count === 1 ? 'artist' : 'artists'),
        lastScan: (when: string) => `Looked through ${when}`,
        followed: (folders: number, when: string) =>
            `Followed a change in ${plural(folders, 'folder')} ${when}`,
        neverScanned: 'Not looked through since Segue started',
        scanFailed: (why: string) =>
            `The last scan failed: ${why}. If the disk is full or cannot be written, make room and scan again.`,
        scanCancelled: (when: string) => `Scan cancelled ${when}. Scan again to read the rest.`,
        found: (scan: {
            filesSeen: number;
            added: number;
            changed: number;
            moved: number;
            missing: number;
        }) => {
            const parts = [
                scan.added > 0 && `${formatCount(scan.added)} new`,
                scan.changed > 0 && `${formatCount(scan.changed)} changed`,
                scan.moved > 0 && `${formatCount(scan.moved)} moved`,
                scan.missing > 0 && `${formatCount(scan.missing)} gone`,
            ].filter(Boolean);
            const files = plural(scan.filesSeen, 'file');
            return parts.length > 0 ? `${files}: ${parts.join(', ')}` : `${files}, nothing new`;
        },
        scan: 'Scan now',
        quickScan: 'Quick scan',
        quickHint: 'Skips folders in which no file came or went.',
        alreadyRunning: 'A scan is running already.',
        measured: 'Measured in full',
        measuredHint: 'What is not measured yet plays with a provisional plan.',
        allMeasured: 'All tracks are measured.',
        stillToMeasure: (count: number) => `${plural(count, 'track')} to go`,
        learned: 'Your library’s own sound',
        learnedFrom: (tracks: number, when: string) =>
            `Learned from ${plural(tracks, 'track')} ${when}. Adaptive masters aim at it.`,
        builtIn: 'Adaptive masters aim at Segue’s built-in reference until your own is learned.',
        learnsAt: (analysed: number, at: number) =>
            `${formatCount(analysed)} of ${formatCount(at)} measured tracks until it is learned`,
        learnsAgainAt: (at: number) => `Learned anew when ${formatCount(at)} tracks are measured.`,
    },

    problems: {
        title: 'Problems',
        none: 'Every file and folder could be read.',
        noneTitle: 'No problems',
        count: (count: number) => `${plural(count, 'file or folder', 'files and folders')} skipped`,
        onlySome: (shown: number) =>
            `Very many files and folders were skipped; the first ${formatCount(shown)} are shown.`,
        showMore: (count: number) => `Show ${formatCount(count)} more`,
        copy: 'Copy the list',
        copied: 'Copied',
        notCopied: 'The browser allows no copying here. Select the list instead.',
        again: 'Look again',
        kinds: {
            folder: {
                title: 'Folders that could not be read',
                todo: 'Mount the disk, or give Segue’s user the right to read the folder, then scan again. Tracks in it are kept as they are.',
            },
            access: {
                title: 'Files that the system does not let Segue read',
                todo: 'Give Segue’s user the right to read them, then scan again. If it says input/output error, check the disk.',
            },
            link: {
                title: 'Links that lead nowhere, or out of the library',
                todo: 'Mend the link, or start Segue with the folder that it leads to as another --library.',
            },
            damaged: {
                title: 'Damaged files',
                todo: 'Bring them back from a backup or copy them from the disc again. The next scan takes in the new file.',
            },
            analysis: {
                title: 'Tracks that cannot be decoded to the end',
                todo: 'They are in the library, but break off. Replace the file; it is measured again by itself.',
            },
            empty: {
                title: 'Empty files',
                todo: 'A copy or download was broken off. Copy them again, or delete them.',
            },
            format: {
                title: 'Files that are no audio Segue reads',
                todo: 'Their name says audio, their content does not. Rename or delete them, or convert them to FLAC.',
            },
            changing: {
                title: 'Files that were being written',
                todo: 'Somebody wrote to them during the scan. Scan again when that is done.',
            },
            other: {
                title: 'Other problems',
                todo: 'The reason beside each says what happened. Scan again once it is mended.',
            },
        },
    },

    prewarm: {
        action: 'Render ahead…',
        title: 'Render ahead',
        heading: 'Rendered ahead',
        intro: 'What is rendered ahead starts at once, on a slow machine, too.',
        subtitle: 'So that it starts at once, whenever it is played',
        what: 'What',
        sources: {
            recent: { label: 'Recently added', hint: 'The 200 newest tracks' },
            'most-played': { label: 'Most played', hint: 'Your 200 favourites by plays' },
            all: { label: 'Whole library', hint: 'As far as the cache has room' },
            pick: somethingElse,
        },
        menuHint: 'Albums, artists and playlists have this in their own menu.',
        howMuch: 'How much',
        beginnings: { label: 'Beginnings', hint: 'The first 30 seconds: enough to start at once' },
        everything: { label: 'Everything', hint: 'Whole tracks: nothing is left to render' },
        presets: 'For which sound',
        atIntensity: (intensity: number) =>
            `At your intensity of ${Math.round(100 * intensity)}%. Each sound is rendered by itself.`,
        choosePick: 'Choose an album, an artist or a playlist.',
        choosePreset: 'Choose at least one sound.',
        costTitle: 'What it takes',
        counting: 'Counting…',
        estimateWaits: 'The estimate waits for what is being rendered. You can begin without it.',
        noEstimate: (why: string) => `No estimate: ${why}`,
        cost: (progress: {
            tracks: number;
            chunksRendered: number;
            chunksThere: number;
            analyses: number;
            bytes: number;
            seconds: number;
        }) => {
            if (progress.tracks === 0) return 'There are no such tracks yet.';
            if (progress.chunksRendered === 0) return 'All of it is rendered already.';
            const there =
                progress.chunksThere > 0
                    ? `, ${plural(progress.chunksThere, 'piece')} there already`
                    : '';
            return `${plural(progress.tracks, 'track')}: ${plural(progress.chunksRendered, 'piece')} to render${there}, ${formatBytes(progress.bytes)}, ${roughly(progress.seconds)}`;
        },
        cacheFull:
            'The cache has no room for all of it. It stops before it pushes out what it has rendered itself.',
        begin: 'Begin',
        begun: (what: string) => `Rendering ahead: ${what}`,
        tooMany: 'Many are waiting already. Try again when one of them is done.',
    },

    jobs: {
        title: 'Done lately',
        none: 'Nothing yet.',
        scheduled: 'nightly',
        states: {
            waiting: 'Waiting',
            running: 'Running',
            done: 'Done',
            failed: 'Failed',
            cancelled: 'Cancelled',
        },
        prewarmed: (request: { select: string; name?: string }) => {
            if (request.name) return request.name;
            if (request.select === 'recent') return 'Recently added';
            if (request.select === 'most-played') return 'Most played';
            return request.select === 'all' ? 'The whole library' : 'Some tracks';
        },
        rendered: (progress: {
            tracks: number;
            chunksRendered: number;
            chunksThere: number;
            bytes: number;
            tracksFailed: number;
        }) => {
            const parts = [
                progress.chunksRendered > 0
                    ? `${plural(progress.chunksRendered, 'piece')} rendered, ${formatBytes(progress.bytes)}`
                    : progress.tracks === 0
                      ? 'no such tracks'
                      : 'all of it was there',
                progress.tracksFailed > 0 && `${plural(progress.tracksFailed, 'track')} failed`,
            ].filter(Boolean);
            return parts.join(', ');
        },
        limits: {
            none: '',
            budget: 'stopped at its limit',
            'cache-full': 'stopped when the cache was full',
        },
        failures: (count: number) => `What failed (${formatCount(count)})`,
    },

    cache: {
        title: 'Cache',
        intro: 'Rendered sound is kept, so that nothing is rendered twice. The least used goes first.',
        used: (bytes: number, budget: number) => `${formatBytes(bytes)} of ${formatBytes(budget)}`,
        general: 'Whole tracks',
        beginnings: 'Beginnings',
        beginningsHint: 'Kept apart, so that tracks start at once',
        music: 'of music',
        hitRate: 'found in the cache',
        saved: 'renders saved',
        empty: 'Nothing is rendered yet. Play something, or render ahead.',
        byPreset: 'By sound',
        byTrack: 'By track',
        sound: 'Sound',
        track: 'Track',
        size: 'Size',
        hits: 'Used',
        hitRateColumn: 'Found',
        unknownTrack: 'No longer in the library',
        leftOut: (count: number) => `${plural(count, 'more', 'more')} take less room.`,
        clearAll: 'Clear the cache…',
        clear: 'Clear',
        clearPreset: (preset: string) => `Clear what is rendered as ${preset}`,
        clearTrack: (title: string, preset: string) => `Clear ${title}, ${preset}`,
        clearAllTitle: 'Clear the whole cache?',
        clearAllText: (bytes: number) =>
            `${formatBytes(bytes)} of rendered sound are deleted. Your music files are not touched. What plays goes on; what is played next is rendered again.`,
        clearPresetTitle: (preset: string) => `Clear everything rendered as ${preset}?`,
        cleared: (bytes: number) => `${formatBytes(bytes)} cleared`,
    },

    picker: {
        label: 'Album, artist or playlist',
        placeholder: 'Type a name',
        none: 'Nothing of that name.',
        album: (artist: string) => (artist ? `Album by ${artist}` : 'Album'),
        artist: (tracks: number) => `Artist, ${plural(tracks, 'track')}`,
        playlist: 'Playlist',
        found: (count: number) => `${plural(count, 'choice')} below`,
    },

    enhance: {
        what: 'What',
        sources: {
            all: { label: 'Whole library', hint: 'Every track, one after the other' },
            pick: somethingElse,
        },
        action: 'Enhance to files…',
        title: 'Enhance to files',
        subtitle: 'Masters to keep, to carry and to play elsewhere',
        heading: 'Masters as files',
        intro: 'Writes what you hear as files, with tags and pictures, beside your music and never over it.',
        format: 'Format',
        formats: {
            flac: { label: 'FLAC', hint: 'Lossless, small' },
            alac: { label: 'ALAC', hint: 'Lossless, for Apple' },
            wav: { label: 'WAV', hint: 'Lossless, large' },
            mp3: { label: 'MP3', hint: 'Plays everywhere' },
            aac: { label: 'AAC', hint: 'Small, for phones' },
            opus: { label: 'Opus', hint: 'Smallest' },
        },
        bits: 'Resolution',
        bitsValue: (bits: number) => (bits === 32 ? '32 bit float' : `${bits} bit`),
        bitrate: 'Bit rate',
        bitrateValue: (kbps: number) => (kbps === 0 ? 'As usual' : `${kbps} kbit/s`),
        sound: 'Sound',
        yourSound: 'As you hear it now',
        soundLine: (preset: string, intensity: number) =>
            `${capital(preset)} at ${Math.round(100 * intensity)}%`,
        album: 'Master albums as a whole',
        albumHint: 'Quiet songs stay quieter than loud ones, as the album has it.',
        overwrite: 'Make files again that are there',
        overwriteHint: 'Without it, files made earlier with the same sound are kept.',
        begin: 'Begin',
        begun: (what: string) => `Enhancing: ${what}`,
        tooMany: 'Many are waiting already. Try again when one of them is done.',
        ended: (progress: { tracksMade: number; tracksThere: number; tracksFailed: number }) =>
            [
                `${plural(progress.tracksMade, 'file')} made`,
                progress.tracksThere > 0 && `${formatCount(progress.tracksThere)} there already`,
                progress.tracksFailed > 0 && `${formatCount(progress.tracksFailed)} failed`,
            ]
                .filter(Boolean)
                .join(', '),
        files: (count: number) => `Files (${formatCount(count)})`,
        firstFiles: (count: number) => `The first ${formatCount(count)} are listed.`,
        download: (path: string) => `Download ${path}`,
    },
} as const;

const settings = {
    title: 'Settings',
    playback: 'Playback',
    gapless: 'Gapless',
    gaplessText: 'Tracks follow each other without a gap, to the sample. Always on.',
    crossfade: 'Crossfade',
    crossfadeText: 'Fades one track into the next, but never inside an album.',
    off: 'Off',
    seconds: (count: number) => plural(count, 'second'),
    speed: 'Speed',
    speedText: 'The pitch stays as it is.',
    speedValue: (speed: number) => `${speed.toFixed(2)}×`,
    prefetch: 'Next track ready ahead',
    prefetchText: 'Has the server render the beginning of what comes next while this plays.',
    sound: 'Sound',
    soundText: 'What plays when nothing else is chosen. The sound panel changes the same.',
    preset: 'Preset',
    intensity: 'Intensity',
    target: 'Loudness',
    targetText: 'What every track is brought to.',
    ceiling: 'True-peak ceiling',
    ceilingText: 'No sample, and nothing between samples, goes above it.',
    asPreset: 'As the preset says',
    lufs: (value: number) => `${formatLevel(value)} LUFS`,
    dbtp: (value: number) => `${formatLevel(value)} dBTP`,
    appearance: 'Appearance',
    theme: 'Theme',
    themes: { system: 'As the system', light: 'Light', dark: 'Dark' },
    keys: 'Keyboard',
    keysText: 'Everything works without a mouse. Press ? anywhere to see how.',
    showKeys: 'Show all keys',
    about: 'About',
    version: 'Version',
    uptime: 'Running for',
    open: 'Open',
    api: 'API document',
    apiText: 'Everything this page does, your own programs can do.',
    metrics: 'Metrics for Prometheus',
    licence: 'Licence',
    licenceText: 'Free software under the GNU AGPL, version 3 or later. There is no warranty.',
    care: 'Library care',
    careText: 'Scans, problems, the cache and what is rendered ahead.',
    reset: 'Back to the defaults',
} as const;

export const strings = { shell, library, player, sound, care, settings } as const;
