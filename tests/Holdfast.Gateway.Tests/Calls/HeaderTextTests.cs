using Holdfast.Gateway.Calls;

namespace Holdfast.Gateway.Tests.Calls;

public sealed class HeaderTextTests
{
    [Theory]
    [InlineData("", "")]
    [InlineData("gpt-4o", "gpt-4o")]
    [InlineData("meta-llama/Llama-3:free", "meta-llama/Llama-3:free")]
    [InlineData("a b", "a%20b")]
    [InlineData("100%", "100%25")]
    [InlineData("a,b", "a%2Cb")]
    [InlineData("a\r\nset-cookie: x", "a%0D%0Aset-cookie:%20x")]
    [InlineData("größe", "gr%C3%B6%C3%9Fe")]
    [InlineData("😀", "%F0%9F%98%80")]
    public void Everything_but_plain_printable_text_is_percent_encoded(string text, string expected) =>
        Assert.Equal(expected, HeaderText.Encode(text));

    [Fact]
    public void Half_a_surrogate_pair_becomes_something_printable() =>
        Assert.All(HeaderText.Encode("a\ud800b"), character => Assert.InRange(character, '!', '~'));
}
