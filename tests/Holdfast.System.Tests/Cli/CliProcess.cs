using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Holdfast.Gateway.Configuration;
using Holdfast.System.Tests.Gateway;

namespace Holdfast.System.Tests.Cli;

/// <summary>The real executable as a process of its own, in a directory of its own.</summary>
internal sealed class CliProcess : IAsyncDisposable
{
    public const int Interrupt = 2;
    public const int Terminate = 15;
    public const int HangUp = 1;
    public const int User2 = 12;

    private readonly Process _process;
    private readonly Lock _lock = new();
    private readonly List<string> _output = [];
    private readonly List<string> _errors = [];

    private CliProcess(Process process) => _process = process;

    /// <summary>The lines of standard output so far.</summary>
    public IReadOnlyList<string> Output
    {
        get
        {
            lock (_lock)
            {
                return [.. _output];
            }
        }
    }

    /// <summary>The lines of standard error so far.</summary>
    public IReadOnlyList<string> Errors
    {
        get
        {
            lock (_lock)
            {
                return [.. _errors];
            }
        }
    }

    public bool HasExited => _process.HasExited;

    public long WorkingSet
    {
        get
        {
            _process.Refresh();
            return _process.WorkingSet64;
        }
    }

    public static CliProcess Start(string directory, params string[] arguments) =>
        Start(directory, new Dictionary<string, string>(), arguments);

    /// <param name="directory">Where it runs.</param>
    /// <param name="environment">Variables that it sees beside those that cannot change a configuration.</param>
    /// <param name="arguments">The verb and its options.</param>
    public static CliProcess Start(
        string directory, IReadOnlyDictionary<string, string> environment, params string[] arguments)
    {
        // A shell lets what it starts in the background, and all that comes of that, ignore SIGINT.
        var start = new ProcessStartInfo("env");
        start.ArgumentList.Add("--default-signal=INT");
        start.ArgumentList.Add("dotnet");
        return Start(start, directory, environment, arguments);
    }

    /// <summary>The same with a standard error that is full from the start, and that nobody reads.</summary>
    public static CliProcess StartUnread(string directory, params string[] arguments)
    {
        // The shell has both ends of the pipe, and what it becomes keeps them.
        const string Full = "mkfifo unread && exec 3<>unread && dd if=/dev/zero of=unread bs=4096 oflag=nonblock; "
            + "exec dotnet \"$@\" 2>unread";
        var start = new ProcessStartInfo("bash");
        start.ArgumentList.Add("-c");
        start.ArgumentList.Add(Full);
        start.ArgumentList.Add("bash");
        return Start(start, directory, new Dictionary<string, string>(), arguments);
    }

    private static CliProcess Start(ProcessStartInfo start, string directory,
        IReadOnlyDictionary<string, string> environment, string[] arguments)
    {
        start.RedirectStandardOutput = true;
        start.RedirectStandardError = true;
        start.RedirectStandardInput = true;
        start.WorkingDirectory = directory;
        start.ArgumentList.Add(Program());
        foreach (var argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        foreach (var name in start.Environment.Keys
            .Where(name => name.StartsWith("HOLDFAST_", StringComparison.Ordinal)
                || name.StartsWith(KnownVariables.ModelPrefix, StringComparison.Ordinal)
                || KnownVariables.All.Any(known => known.Name == name)).ToList())
        {
            start.Environment.Remove(name);
        }

        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        start.Environment["TMPDIR"] = directory;
        start.Environment["DOTNET_EnableDiagnostics"] = "0";
        var cli = new CliProcess(new Process { StartInfo = start });
        cli._process.OutputDataReceived += (_, line) => cli.Add(cli._output, line.Data);
        cli._process.ErrorDataReceived += (_, line) => cli.Add(cli._errors, line.Data);
        cli._process.Start();
        cli._process.BeginOutputReadLine();
        cli._process.BeginErrorReadLine();
        return cli;
    }

    /// <summary>Runs to the end and gives the exit code.</summary>
    public static async Task<(int ExitCode, string Output, string Errors)> RunAsync(
        string directory, params string[] arguments)
    {
        await using var cli = Start(directory, arguments);
        var code = await cli.ExitAsync();
        return (code, string.Join('\n', cli.Output), string.Join('\n', cli.Errors));
    }

    /// <summary>The same with variables.</summary>
    public static async Task<(int ExitCode, string Output, string Errors)> RunAsync(
        string directory, IReadOnlyDictionary<string, string> environment, params string[] arguments)
    {
        await using var cli = Start(directory, environment, arguments);
        var code = await cli.ExitAsync();
        return (code, string.Join('\n', cli.Output), string.Join('\n', cli.Errors));
    }

    /// <summary>Waits for the line that says where it listens.</summary>
    public async Task<Uri> ListeningAsync()
    {
        const string Said = "listening on ";
        string? line = null;
        await Waiting.UntilAsync(() =>
        {
            line = Output.FirstOrDefault(text => text.StartsWith(Said, StringComparison.Ordinal));
            return line is not null || HasExited;
        }, "the address", 40);
        Assert.True(line is not null, string.Join('\n', Errors));
        return new Uri(line[Said.Length..]);
    }

    public void Signal(int number) => Assert.Equal(0, Kill(_process.Id, number));

    public async Task<int> ExitAsync(double seconds = 40)
    {
        using var limit = Waiting.Limit(seconds);
        await _process.WaitForExitAsync(limit.Token);
        return _process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
        }

        await ExitAsync();
        _process.Dispose();
    }

    /// <summary>The build of the same configuration as these tests.</summary>
    private static string Program([CallerFilePath] string here = "")
    {
        var framework = new DirectoryInfo(AppContext.BaseDirectory.TrimEnd('/'));
        var root = Path.GetFullPath(Path.Combine(here, "..", "..", "..", ".."));
        return Path.Combine(
            root, "src", "Holdfast.Cli", "bin", framework.Parent!.Name, framework.Name, "Holdfast.Cli.dll");
    }

    private void Add(List<string> lines, string? line)
    {
        if (line is not null)
        {
            lock (_lock)
            {
                lines.Add(line);
            }
        }
    }

    [DllImport("libc", EntryPoint = "kill")]
    private static extern int Kill(int process, int signal);
}
