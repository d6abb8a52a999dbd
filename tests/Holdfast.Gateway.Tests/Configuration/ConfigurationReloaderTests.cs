using Holdfast.Gateway.Configuration;
using Holdfast.Gateway.Security;
using Microsoft.Extensions.Logging;

namespace Holdfast.Gateway.Tests.Configuration;

public sealed class ConfigurationReloaderTests : IDisposable
{
    private static readonly TimeSpan Tick = TimeSpan.FromSeconds(1);

    private readonly string _directory = Directory.CreateTempSubdirectory("holdfast-").FullName;
    private readonly ManualTimeProvider _time = new();
    private readonly RecordingLogger _log = new();
    private readonly ConfigurationHolder _holder;
    private readonly ConfigurationReloader _reloader;

    public ConfigurationReloaderTests()
    {
        Write("first");
        var loaded = ConfigurationFile.Load(FilePath, _ => null);
        _holder = new ConfigurationHolder(loaded.Options!, _time);
        _reloader = new ConfigurationReloader(
            FilePath, loaded.ContentHash, EnvironmentVariables.None, _holder, _time, _log);
        _reloader.Start();
    }

    private string FilePath => Path.Combine(_directory, "holdfast.yaml");

    private string InForce => _holder.Current.Options.Providers[0].Name;

    [Fact]
    public void A_good_new_file_comes_into_force_when_two_polls_agree()
    {
        Write("second");

        _time.Advance(Tick);
        Assert.Equal("first", InForce);
        _time.Advance(Tick);
        Assert.Equal("second", InForce);

        Assert.Equal(2, _holder.Current.Version);
        Assert.Equal(_time.GetUtcNow(), _holder.Current.LoadedAt);
        Assert.Equal(_time.GetUtcNow(), _reloader.LastReloadAt);
        Assert.True(_reloader.LastReloadSucceeded);
        Assert.Single(_log.Lines, line => line.Level == LogLevel.Information);
    }

    [Fact]
    public void A_file_that_stays_the_same_is_left_alone()
    {
        var before = _holder.Current;

        _time.Advance(10 * Tick);
        File.SetLastWriteTimeUtc(FilePath, new DateTime(2030, 1, 1, 0, 0, 0, DateTimeKind.Utc));
        _time.Advance(10 * Tick);

        Assert.Same(before, _holder.Current);
        Assert.Empty(_log.Lines);
    }

    [Fact]
    public void A_wrong_file_keeps_the_old_one_and_is_told_once_with_every_error()
    {
        var startedAt = _reloader.LastReloadAt;
        var refused = new List<int>();
        _reloader.Refused += refused.Add;
        File.WriteAllText(FilePath, "sever: {}\nmodels: { m: {} }");

        _time.Advance(60 * Tick);

        Assert.Equal([2], refused);

        Assert.Equal("first", InForce);
        Assert.Equal(1, _holder.Current.Version);
        Assert.False(_reloader.LastReloadSucceeded);
        Assert.Equal(startedAt, _reloader.LastReloadAt);
        var line = Assert.Single(_log.Lines);
        Assert.Equal(LogLevel.Error, line.Level);
        Assert.Contains($"{FilePath}:1: sever: is not known here", line.Text, StringComparison.Ordinal);
        Assert.Contains($"{FilePath}:2: models.m: has no targets", line.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Another_wrong_file_is_logged_again_and_a_good_one_ends_it()
    {
        File.WriteAllText(FilePath, "sever: {}");
        _time.Advance(5 * Tick);
        File.WriteAllText(FilePath, "server: [");
        _time.Advance(5 * Tick);
        Assert.Equal(2, _log.Lines.Count);

        Write("first");
        _time.Advance(5 * Tick);

        Assert.True(_reloader.LastReloadSucceeded);
        Assert.Equal(2, _holder.Current.Version);
    }

    [Fact]
    public void A_file_caught_half_written_is_not_acted_on()
    {
        File.WriteAllText(FilePath, "");
        _time.Advance(Tick);
        File.WriteAllText(FilePath, "providers: { sec");
        _time.Advance(Tick);
        Write("second");
        _time.Advance(2 * Tick);

        Assert.Equal("second", InForce);
        Assert.Equal(2, _holder.Current.Version);
        Assert.DoesNotContain(_log.Lines, line => line.Level == LogLevel.Error);
    }

    [Fact]
    public void A_file_that_vanishes_is_logged_once_and_comes_back_unchanged()
    {
        File.Delete(FilePath);
        _time.Advance(5 * Tick);

        Assert.Equal("first", InForce);
        Assert.False(_reloader.LastReloadSucceeded);
        Assert.Contains("does not exist", Assert.Single(_log.Lines).Text, StringComparison.Ordinal);

        Write("first");
        _time.Advance(5 * Tick);

        Assert.True(_reloader.LastReloadSucceeded);
    }

    [Fact]
    public void A_swapped_link_is_noticed()
    {
        var (one, other) = (Path.Combine(_directory, "one"), Path.Combine(_directory, "other"));
        Directory.CreateDirectory(one);
        Directory.CreateDirectory(other);
        File.Move(FilePath, Path.Combine(one, "holdfast.yaml"));
        File.WriteAllText(Path.Combine(other, "holdfast.yaml"), Yaml("second"));
        var link = Path.Combine(_directory, "current");
        Directory.CreateSymbolicLink(link, one);
        var holder = new ConfigurationHolder(_holder.Current.Options, _time);
        using var reloader = new ConfigurationReloader(
            Path.Combine(link, "holdfast.yaml"), null, EnvironmentVariables.None, holder,
            _time, _log);
        reloader.Start();

        Directory.Delete(link);
        Directory.CreateSymbolicLink(link, other);
        _time.Advance(2 * Tick);

        Assert.Equal("second", holder.Current.Options.Providers[0].Name);
    }

    [Fact]
    public async Task Asked_to_it_reloads_at_once()
    {
        Write("second");

        var result = await _reloader.ReloadNowAsync();

        Assert.Empty(result.Errors);
        Assert.Equal("second", InForce);
        _time.Advance(5 * Tick);
        Assert.Equal(2, _holder.Current.Version);
    }

    [Fact]
    public async Task Asked_to_it_says_what_is_wrong_and_keeps_the_old_one()
    {
        File.WriteAllText(FilePath, "sever: {}");

        var result = await _reloader.ReloadNowAsync();
        _time.Advance(5 * Tick);

        Assert.Single(result.Errors);
        Assert.Equal("first", InForce);
        Assert.False(_reloader.LastReloadSucceeded);
        Assert.Single(_log.Lines);
    }

    [Fact]
    public void A_reload_that_would_let_strangers_call_is_refused_by_the_addresses_of_the_start()
    {
        var started = new ServerOptions { Urls = ["http://0.0.0.0:8080"], RequireKeys = true };
        var holder = new ConfigurationHolder(_holder.Current.Options with { Server = started }, _time);
        using var reloader = new ConfigurationReloader(FilePath, "", EnvironmentVariables.None, holder, _time, _log);
        reloader.Start();

        File.WriteAllText(FilePath, "server: { urls: http://127.0.0.1:8080, requireKeys: false }\n" + Yaml("open"));
        _time.Advance(2 * Tick);

        Assert.True(holder.Current.Options.Server.RequireKeys);
        Assert.False(reloader.LastReloadSucceeded);
    }

    [Fact]
    public void An_emptied_file_changes_nothing()
    {
        File.WriteAllText(FilePath, "\n");

        _time.Advance(2 * Tick);

        Assert.Equal("first", InForce);
        Assert.False(_reloader.LastReloadSucceeded);
    }

    [Fact]
    public void What_is_read_at_start_only_asks_for_a_restart()
    {
        File.WriteAllText(FilePath, Yaml("first") +
            "server: { urls: 'http://127.0.0.1:9', managementUrls: 'http://127.0.0.1:10', dataDirectory: d }\n");

        _time.Advance(2 * Tick);

        var warning = Assert.Single(_log.Lines, line => line.Level == LogLevel.Warning);
        Assert.EndsWith("it needs a restart: server.urls, server.managementUrls, server.dataDirectory", warning.Text,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Warnings_are_logged_together()
    {
        File.WriteAllText(FilePath, Yaml("first") + "cache: { enabled: true }\nredis: { connection: redis://r }\n");

        _time.Advance(2 * Tick);

        var warning = Assert.Single(_log.Lines, line => line.Level == LogLevel.Warning);
        Assert.Contains("cache.enabled", warning.Text, StringComparison.Ordinal);
        Assert.Contains("redis.connection", warning.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_listener_that_throws_stops_neither_the_others_nor_the_reload()
    {
        var told = new List<string>();
        using var one = _holder.OnChanged(_ => throw new InvalidOperationException("no"));
        using var other = _holder.OnChanged(snapshot => told.Add(snapshot.Options.Providers[0].Name));

        Write("second");
        _time.Advance(2 * Tick);

        Assert.Equal(["second"], told);
        Assert.Equal("second", InForce);
        Assert.True(_reloader.LastReloadSucceeded);
        Assert.Single(_log.Lines, line => line.Level == LogLevel.Error);
    }

    [Fact]
    public void A_reload_has_not_succeeded_before_everybody_has_taken_it_over()
    {
        File.WriteAllText(FilePath, "sever: {}");
        _time.Advance(5 * Tick);
        bool? meanwhile = null;
        using var listening = _holder.OnChanged(_ => meanwhile = _reloader.LastReloadSucceeded);

        Write("second");
        _time.Advance(5 * Tick);

        Assert.Equal((false, true), (meanwhile, _reloader.LastReloadSucceeded));
    }

    [Fact]
    public void A_listener_sees_the_new_configuration_in_force_and_none_after_it_left()
    {
        var seen = new List<int>();
        var registration = _holder.OnChanged(snapshot =>
        {
            Assert.Same(snapshot, _holder.Current);
            seen.Add(snapshot.Version);
        });

        _holder.Swap(_holder.Current.Options);
        registration.Dispose();
        registration.Dispose();
        _holder.Swap(_holder.Current.Options);

        Assert.Equal([2], seen);
        Assert.Equal(3, _holder.Current.Version);
        Assert.Equal(1, _holder.Started.Version);
    }

    [Fact]
    public void Nothing_is_watched_after_the_end()
    {
        _reloader.Dispose();
        Write("second");

        _time.Advance(10 * Tick);

        Assert.Equal("first", InForce);
    }

    public void Dispose()
    {
        _reloader.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    private static string Yaml(string provider) => $"providers: {{ {provider}: {{ type: ollama }} }}\n";

    private void Write(string provider) => File.WriteAllText(FilePath, Yaml(provider));

    private sealed class RecordingLogger : ILogger<ConfigurationReloader>
    {
        public List<(LogLevel Level, string Text)> Lines { get; } = [];

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception,
            Func<TState, Exception?, string> formatter) => Lines.Add((logLevel, formatter(state, exception)));
    }
}
