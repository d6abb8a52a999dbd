namespace Holdfast.Gateway.Providers.Translation;

/// <summary>A call's arguments, an object at most providers, as the JSON in a string that OpenAI has.</summary>
internal static class CallArguments
{
    /// <summary>Writes the string; without the line breaks and indents that some answers have.</summary>
    public static void Write(JsonOutput output, JsonView args)
    {
        output.BeginString();
        if (args.IsMissing)
        {
            output.Piece("{}"u8);
        }
        else
        {
            WriteDense(output, args.Raw);
        }

        output.EndString();
    }

    private static void WriteDense(JsonOutput output, ReadOnlySpan<byte> json)
    {
        for (var at = 0; at < json.Length;)
        {
            var start = at;
            while (at < json.Length && !IsSpace(json[at]))
            {
                at = json[at] == (byte)'"' ? EndOfString(json, at) : at + 1;
            }

            output.Escaped(json[start..at]);
            while (at < json.Length && IsSpace(json[at]))
            {
                at++;
            }
        }
    }

    private static bool IsSpace(byte letter) => letter is (byte)' ' or (byte)'\n' or (byte)'\r' or (byte)'\t';

    private static int EndOfString(ReadOnlySpan<byte> json, int quote)
    {
        var at = quote + 1;
        while (json[at] != (byte)'"')
        {
            at += json[at] == (byte)'\\' ? 2 : 1;
        }

        return at + 1;
    }
}
