using Holdfast.Gateway.Calls;
using Spectre.Console;

namespace Holdfast.Cli;

/// <summary>Standard output for tables: plain without a terminal, and for those who asked.</summary>
internal static class Terminal
{
    // Nothing breaks the lines of a file or a pipe.
    private const int WidthWithoutTerminal = 400;

    public static IAnsiConsole Out { get; } = Create();

    /// <summary>A circuit's state, or a provider's status, in its colour.</summary>
    public static string Circuit(string word) => word switch
    {
        "closed" or "available" => $"[green]{word}[/]",
        "half_open" or "degraded" => $"[yellow]{word}[/]",
        "open" or "unavailable" => $"[red]{word}[/]",
        "isolated" or "maintenance" => $"[blue]{word}[/]",
        _ => Text(word),
    };

    /// <summary>Text from anywhere, as a table's cell: neither markup nor control characters act.</summary>
    public static string Text(string text) =>
        Markup.Escape(HeaderText.IsPrintable(text) ? text : HeaderText.Encode(text));

    private static IAnsiConsole Create()
    {
        var isPlain = Console.IsOutputRedirected || Environment.GetEnvironmentVariable("NO_COLOR") is { Length: > 0 };
        var terminal = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = isPlain ? AnsiSupport.No : AnsiSupport.Detect,
            ColorSystem = isPlain ? ColorSystemSupport.NoColors : ColorSystemSupport.Detect,
            Out = new AnsiConsoleOutput(Console.Out),
        });
        if (Console.IsOutputRedirected)
        {
            terminal.Profile.Width = WidthWithoutTerminal;
        }

        return terminal;
    }
}
