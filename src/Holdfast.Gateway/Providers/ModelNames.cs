using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using Holdfast.Gateway.Providers.Translation;

namespace Holdfast.Gateway.Providers;

/// <summary>
/// Reads the names out of a provider's list of models, whoever's it is: OpenAI's and Anthropic's <c>data[].id</c>,
/// Google's <c>models[].name</c>, a list with nothing around it.
/// </summary>
internal static class ModelNames
{
    /// <summary>Names that are kept of one list.</summary>
    internal const int Most = 2_000;

    private const int Longest = 256;

    // Google writes a folder before each.
    private static ReadOnlySpan<byte> Folder => "models/"u8;

    /// <summary>The names in their order, each once; null when it is no such list.</summary>
    public static IReadOnlyList<string>? Read(ReadOnlySpan<byte> body)
    {
        if (!Utf8.IsValid(body))
        {
            return null;
        }

        using var tape = new JsonTape(body.Length);
        try
        {
            var root = tape.Read(body);
            var list = root.IsArray ? root
                : root.Member("data"u8) is { IsArray: true } data ? data
                : root.Member("models"u8);
            return list.IsArray ? Names(list) : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static List<string> Names(JsonView list)
    {
        var names = new List<string>();
        var seen = new HashSet<string>(StringComparer.Ordinal);
        var items = list.Items();
        while (items.Next() && names.Count < Most)
        {
            var id = items.Value.Member("id"u8);
            if ((id.IsString ? id : items.Value.Member("name"u8)).TryUnescape(out var text)
                && NameOf(text) is { } name && seen.Add(name))
            {
                names.Add(name);
            }
        }

        return names;
    }

    private static string? NameOf(ReadOnlySpan<byte> text)
    {
        text = text.StartsWith(Folder) ? text[Folder.Length..] : text;
        if (text.Length is 0 or > Longest)
        {
            return null;
        }

        var name = Encoding.UTF8.GetString(text);
        return name.Any(char.IsControl) ? null : name;
    }
}
