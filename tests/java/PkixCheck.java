import java.io.FileInputStream;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.cert.CertPathValidator;
import java.security.cert.CertPathValidatorException;
import java.security.cert.CertificateFactory;
import java.security.cert.PKIXParameters;
import java.security.cert.TrustAnchor;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** Asks Java's PKIX validator about a path: ROOT LEAF [INTERMEDIATE]..., from the leaf upwards. Exit code 0 is yes. */
public final class PkixCheck {
    private PkixCheck() {
    }

    public static void main(String[] files) throws IOException {
        try {
            List<X509Certificate> path = new ArrayList<>();
            for (String file : List.of(files).subList(1, files.length)) {
                path.add(read(file));
            }
            PKIXParameters parameters = new PKIXParameters(Set.of(new TrustAnchor(read(files[0]), null)));
            parameters.setRevocationEnabled(false);
            // PKIX leaves the validity of a trust anchor to its owner; we do not.
            parameters.getTrustAnchors().iterator().next().getTrustedCert().checkValidity();
            CertPathValidator.getInstance("PKIX")
                .validate(CertificateFactory.getInstance("X.509").generateCertPath(path), parameters);
            System.out.println("valid");
        } catch (CertPathValidatorException problem) {
            System.out.println("invalid at " + problem.getIndex() + ": " + problem.getMessage()
                + " (" + problem.getReason() + ")");
            System.exit(1);
        } catch (GeneralSecurityException problem) {
            System.out.println("unreadable: " + problem);
            System.exit(1);
        }
    }

    private static X509Certificate read(String file) throws IOException, GeneralSecurityException {
        try (FileInputStream stream = new FileInputStream(file)) {
            return (X509Certificate) CertificateFactory.getInstance("X.509").generateCertificate(stream);
        }
    }
}
