namespace Holdfast.Gateway.Configuration;

/// <summary>
/// Watches the configuration file and puts a changed one into force when it is right as a whole; a wrong one leaves
/// everything as it is. It polls, because file events get lost on network file systems and when a link is swapped, as
/// container platforms do. It acts only when two polls in a row read the same, because editors empty a file before
/// they write it.
/// </summary>
internal sealed partial class ConfigurationReloader : IDisposable
{
    private readonly string _path;
    private readonly EnvironmentVariables _environment;
    private readonly ConfigurationHolder _holder;
    private readonly TimeProvider _time;
    private readonly TimeSpan _interval;
    private readonly bool _urlsAreFixed;
    private readonly ILogger<ConfigurationReloader> _logger;
    private readonly Lock _reloading = new();

    // What the last decision was about, whether it became the configuration in force or was refused.
    private string _decidedHash;
    private ConfigurationContent? _lastRead;
    private ITimer? _timer;
    private bool _disposed;
    private long _lastReloadTicks;
    private volatile bool _lastReloadSucceeded = true;

    /// <param name="path">The file to watch.</param>
    /// <param name="loadedHash"><see cref="ConfigurationResult.ContentHash"/> of what the holder started with.</param>
    /// <param name="environment">What the file takes from it, and what lies over the file.</param>
    /// <param name="holder">Where a right configuration goes.</param>
    /// <param name="time">Its timer polls.</param>
    /// <param name="logger">Told once of each change, good or bad.</param>
    /// <param name="interval">Between polls. Default 1 second.</param>
    /// <param name="urlsAreFixed">Somebody gave the addresses over the file's word; what it says is no news.</param>
    public ConfigurationReloader(string path, string? loadedHash, EnvironmentVariables environment,
        ConfigurationHolder holder, TimeProvider time, ILogger<ConfigurationReloader> logger,
        TimeSpan? interval = null, bool urlsAreFixed = false)
    {
        _path = path;
        _decidedHash = loadedHash ?? "";
        _environment = environment;
        _holder = holder;
        _time = time;
        _logger = logger;
        _urlsAreFixed = urlsAreFixed;
        _interval = interval ?? TimeSpan.FromSeconds(1);
        _lastReloadTicks = holder.Current.LoadedAt.UtcTicks;
    }

    /// <summary>Whether the newest content of the file is in force; false while a wrong one is refused.</summary>
    public bool LastReloadSucceeded => _lastReloadSucceeded;

    /// <summary>When a configuration last came into force; the start counts.</summary>
    public DateTimeOffset LastReloadAt => new(Interlocked.Read(ref _lastReloadTicks), TimeSpan.Zero);

    /// <summary>
    /// A wrong content was refused, with so many errors. The listener must not block and must not throw.
    /// </summary>
    public event Action<int>? Refused;

    /// <summary>Begins to watch. A second call does nothing.</summary>
    public void Start()
    {
        lock (_reloading)
        {
            if (!_disposed)
                _timer ??= _time.CreateTimer(_ => Poll(), null, _interval, _interval);
        }
    }

    /// <summary>
    /// Reads the file now and acts on it at once, changed or not: somebody asked (SIGHUP). What is wrong is logged
    /// and returned.
    /// </summary>
    public Task<ConfigurationResult> ReloadNowAsync() =>
        // Files have no time limit; whoever handles the signal must not wait in the read.
        Task.Run(() =>
        {
            lock (_reloading)
                return Decide(ConfigurationContent.Read(_path));
        });

    /// <summary>Ends the watching; a poll under way ends first.</summary>
    public void Dispose()
    {
        lock (_reloading)
        {
            _disposed = true;
            _timer?.Dispose();
            _timer = null;
        }
    }

    private void Poll()
    {
        // A poll that hangs on a slow file system must not make the next ones queue up behind it.
        if (!_reloading.TryEnter())
            return;
        try
        {
            if (_disposed)
                return;
            var read = ConfigurationContent.Read(_path);
            var isSettled = read.IsSettledAfter(_lastRead);
            _lastRead = read;
            if (isSettled && read.Hash != _decidedHash)
                Decide(read);
        }
        catch (Exception failure)
        {
            // A timer's callback has nobody above it to tell.
            LogBroken(_logger, failure, _path);
        }
        finally
        {
            _reloading.Exit();
        }
    }

    private ConfigurationResult Decide(ConfigurationContent content)
    {
        // Decided, whatever comes of it: a refused content is not judged and logged again until it changes.
        _decidedHash = content.Hash;
        var result = content.IsBlank ? Blank() : Guarded(ConfigurationFile.Parse(content, _environment));
        if (result.Options is not { } options)
        {
            _lastReloadSucceeded = false;
            LogRefused(_logger, _path, _holder.Current.Version, result.Errors.Count, Lines(result.Errors));
            Refused?.Invoke(result.Errors.Count);
            return result;
        }

        try
        {
            _holder.Swap(options);
        }
        catch (AggregateException failure)
        {
            LogListenerFailed(_logger, failure, _path);
        }

        var current = _holder.Current;
        Interlocked.Exchange(ref _lastReloadTicks, current.LoadedAt.UtcTicks);
        // Whoever sees that finds all of it in force.
        _lastReloadSucceeded = true;
        LogReloaded(_logger, _path, current.Version);
        if (result.Warnings.Count > 0)
            LogWarnings(_logger, _path, Lines(result.Warnings));
        var waiting = WaitingForRestart(_holder.Started.Options, options);
        if (waiting.Length > 0)
            LogNeedsRestart(_logger, _path, waiting);
        return result;
    }

    /// <summary>
    /// Where it listens stays as it was at start, so that is what a change of who may call is judged by, not the
    /// addresses that the file names now.
    /// </summary>
    private ConfigurationResult Guarded(ConfigurationResult result)
    {
        var started = _holder.Started.Options.Server;
        if (result.Options?.Server is not { } server || ServerSection.OpenToStrangers(
            server with { Urls = started.Urls, ManagementUrls = started.ManagementUrls }) is not { } open)
            return result;
        return result with
        {
            Options = null,
            Errors = [new ConfigurationProblem(_path, 0, "server", $"as it listens since its start, {open}")],
        };
    }

    /// <summary>
    /// At start an empty file means all defaults. In a running gateway it is an accident on its way to an outage.
    /// </summary>
    private ConfigurationResult Blank() => new()
    {
        Errors =
        [
            new ConfigurationProblem(_path, 0, "", "is empty: a running gateway keeps what it has"),
        ],
    };

    private string WaitingForRestart(HoldfastOptions startedWith, HoldfastOptions read)
    {
        var (started, now) = (startedWith.Server, read.Server);
        var changed = new List<string>();
        if (!_urlsAreFixed && !started.Urls.SequenceEqual(now.Urls))
            changed.Add("server.urls");
        if (!started.ManagementUrls.SequenceEqual(now.ManagementUrls))
            changed.Add("server.managementUrls");
        if (started.DataDirectory != now.DataDirectory)
            changed.Add("server.dataDirectory");
        if (startedWith.MetricsExportInterval != read.MetricsExportInterval)
            changed.Add("metrics.exportInterval");
        return string.Join(", ", changed);
    }

    private static string Lines(IReadOnlyList<ConfigurationProblem> problems) =>
        string.Concat(problems.Select(problem => Environment.NewLine + problem));

    [LoggerMessage(1, LogLevel.Information, "{Path} was read again; configuration {Version} is in force")]
    private static partial void LogReloaded(ILogger logger, string path, int version);

    [LoggerMessage(2, LogLevel.Error,
        "{Path} changed and is refused; configuration {Version} stays in force. Errors: {Count}{Errors}")]
    private static partial void LogRefused(ILogger logger, string path, int version, int count, string errors);

    [LoggerMessage(3, LogLevel.Warning, "{Path} holds what will surprise:{Warnings}")]
    private static partial void LogWarnings(ILogger logger, string path, string warnings);

    [LoggerMessage(4, LogLevel.Warning, "{Path} changed what is read at start only; it needs a restart: {Settings}")]
    private static partial void LogNeedsRestart(ILogger logger, string path, string settings);

    [LoggerMessage(5, LogLevel.Error, "{Path} is in force, but a part of the gateway failed to take it over")]
    private static partial void LogListenerFailed(ILogger logger, Exception failure, string path);

    [LoggerMessage(6, LogLevel.Error, "{Path} could not be looked at; the configuration stays as it is")]
    private static partial void LogBroken(ILogger logger, Exception failure, string path);
}
